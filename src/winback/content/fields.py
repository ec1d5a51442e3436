"""The merge fields: what a content may say about a person, and under which name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from winback.content.liquid.engine import SUBSCRIPTS
from winback.content.liquid.formats import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeField:
    """One name that may stand between ``{{`` and ``}}``."""

    path: str
    label: str | Promise
    sample: object
    # A field nobody can lack; the report on empty values leaves it out.
    always_set: bool = False


def _field(
    path: str, label: str | Promise, sample: object, *, always_set: bool = False
) -> MergeField:
    return MergeField(path=path, label=label, sample=sample, always_set=always_set)


MERGE_FIELDS: tuple[MergeField, ...] = (
    _field("lead.first_name", _("First name"), "Olena"),
    _field("lead.last_name", _("Last name"), "Kovalenko"),
    _field("lead.contact_name", _("Contact name"), "Olena Kovalenko"),
    _field("lead.company", _("Company"), "Dnipro Trade"),
    _field("lead.title", _("Title of the lead"), "40 desk lamps", always_set=True),
    _field("lead.city", _("City"), "Kyiv"),
    _field("lead.country", _("Country"), "Ukraine"),
    _field("lead.email", _("Email"), "olena@example.com"),
    _field("lead.phone", _("Phone"), "+380 44 123 45 67"),
    _field("lead.language", _("Language code"), "en"),
    _field("lead.language_name", _("Language"), "English"),
    _field("lead.product.name", _("Product of interest"), "Desk lamp"),
    _field("lead.product.code", _("Product code"), "LAMP-1"),
    _field("lead.product.price", _("Price"), Money(Decimal("49.90"), "EUR", "en")),
    _field("lead.product.stock", _("In stock"), 120),
    _field("lead.lost_reason", _("Lost reason"), "Not enough stock"),
    _field("lead.lost_at", _("Lost on"), date(2025, 3, 14)),
    _field("lead.created_at", _("Created on"), date(2025, 1, 9), always_set=True),
    _field(
        "lead.expected_revenue",
        _("Expected revenue"),
        Money(Decimal(1200), "EUR", "en"),
    ),
    _field("owner.name", _("Owner's name"), "Ana Silva"),
    _field("owner.first_name", _("Owner's first name"), "Ana"),
    _field("owner.email", _("Owner's email"), "ana@example.com"),
    _field("company.name", _("Our company"), "Example Ltd", always_set=True),
    _field(
        "company.postal_address", _("Our postal address"), "1 High St", always_set=True
    ),
    _field(
        "company.website", _("Our website"), "https://shop.example/", always_set=True
    ),
    _field(
        "company.email",
        _("Our email address"),
        "hello@shop.example",
        always_set=True,
    ),
    _field("mailing.name", _("Name of the mailing"), "Restock", always_set=True),
    _field(
        "unsubscribe_url",
        _("Unsubscribe link"),
        "https://example.com/u/",
        always_set=True,
    ),
    _field(
        "view_url", _("View online link"), "https://example.com/v/", always_set=True
    ),
)
FIELD_PATHS = frozenset(field.path for field in MERGE_FIELDS)
# A group may be asked as a whole: {% if lead.product %}.
GROUP_PATHS = frozenset(
    path.rsplit(".", depth)[0]
    for path in FIELD_PATHS
    for depth in range(1, path.count(".") + 1)
)


def is_known(path: str) -> bool:
    """Whether ``path`` is a merge field, a group of them or a field's size."""
    if path in FIELD_PATHS or path in GROUP_PATHS:
        return True
    parent, _dot, last = path.rpartition(".")
    return last in SUBSCRIPTS and parent in FIELD_PATHS | GROUP_PATHS


def nearest(path: str) -> str:
    """The merge field that was probably meant; empty if none is near."""
    close = difflib.get_close_matches(path, sorted(FIELD_PATHS), n=1, cutoff=0.6)
    if close:
        return close[0]
    by_last = [known for known in FIELD_PATHS if known.rsplit(".", 1)[-1] == path]
    return sorted(by_last)[0] if by_last else ""


def sample_values() -> dict[str, object]:
    """Values for every merge field, as a person who has all of them."""
    values: dict[str, object] = {}
    for field in MERGE_FIELDS:
        *groups, name = field.path.split(".")
        place = values
        for group in groups:
            deeper = place.setdefault(group, {})
            if not isinstance(deeper, dict):  # pragma: no cover - a wrong catalogue
                raise TypeError(field.path)
            place = deeper
        place[name] = field.sample
    return values


def empty_values() -> Mapping[str, object]:
    """Values as for a person of whom nothing is known."""
    return {"lead": {}, "owner": {}, "company": {}, "mailing": {}}
