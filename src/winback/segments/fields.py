"""The fields that rules may name: where each lies, what its values are called.

``rules.FIELD_TYPES`` holds what parsing needs; this registry adds what SQL, the
plain evaluation and the screen need. Rooms above register their behaviour
fields here when they start.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel import Locale
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from winback.accounts.models import Team, User
from winback.crm.models import (
    AddressQuality,
    Lead,
    LeadStatus,
    LostReason,
    Product,
    Stage,
    Tag,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)
from winback.crm.risk import Risk, risk_is, risk_of
from winback.segments.rules import FIELD_TYPES, FieldType, Kind

Label = str | Promise


class AddressRisk(models.TextChoices):
    """How likely mail to the address does harm: see ``crm.risk``."""

    LOW = Risk.LOW.value, _("Low")
    MEDIUM = Risk.MEDIUM.value, _("Medium")
    HIGH = Risk.HIGH.value, _("High")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of leads. ``column`` is also the attribute of a Lead."""

    name: str
    label: Label
    kind: Kind
    column: str = ""
    folded: str = ""  # text: the column that holds core.text.fold of it
    target: type[models.Model] | None = None  # relations
    nullable: bool = False  # may be unset
    # Choices that no column holds: they are worked out from others, and from the
    # moment of asking. In SQL (has the lead one of these codes?) and in Python.
    is_one_of: Callable[[Collection[str], datetime], Q] | None = None
    code_of: Callable[[Lead, datetime], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """How a room above answers for one behaviour field, in SQL and in Python.

    ``received`` is asked with ids of mailings and of campaigns (already
    checked by ``find``), ``within`` with two instants, both included. The
    Python forms must give the same answer for a lead and are used to check the
    SQL. ``find`` gives the id of a mailing or campaign by id or exact name, and
    None if there is none; ``names`` the names to show for ids; ``search`` what
    people may choose from: kind, id and name of those whose name contains a text.
    """

    name: str
    label: Label
    among: Callable[[frozenset[int], frozenset[int]], Q]
    within: Callable[[datetime, datetime], Q]
    is_among: Callable[[Lead, frozenset[int], frozenset[int]], bool]
    is_within: Callable[[Lead, datetime, datetime], bool]
    find: Callable[[str, int | str], int | None]
    names: Callable[[str, frozenset[int]], Mapping[int, str]]
    search: Callable[[str], Sequence[tuple[str, int, str]]] = lambda _text: ()


def _text(name: str, label: Label) -> Field:
    return Field(
        name=name,
        label=label,
        kind=Kind.TEXT,
        column=name,
        folded=f"{name}_folded",
        nullable=True,
    )


def _relation(name: str, label: Label, target: type[models.Model]) -> Field:
    return Field(
        name=name,
        label=label,
        kind=Kind.RELATION,
        column=f"{name}_id",
        target=target,
        nullable=True,
    )


def _plain(kind: Kind, name: str, label: Label, *, nullable: bool) -> Field:
    return Field(name=name, label=label, kind=kind, column=name, nullable=nullable)


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        _text("title", _("Title")),
        _text("contact_name", _("Contact name")),
        _text("company", _("Company")),
        _text("email", _("Email")),
        _text("phone", _("Phone")),
        _text("city", _("City")),
        _text("external_id", _("External id")),
        Field(
            name="status",
            label=_("Status"),
            kind=Kind.CHOICE,
            column="status",
        ),
        _plain(Kind.CHOICE, "country", _("Country"), nullable=True),
        _plain(Kind.CHOICE, "language", _("Language"), nullable=True),
        _plain(Kind.CHOICE, "address_quality", _("Address quality"), nullable=True),
        Field(
            name="address_risk",
            label=_("Address risk"),
            kind=Kind.CHOICE,
            nullable=True,
            is_one_of=lambda codes, now: risk_is(codes, now=now),
            code_of=lambda lead, now: risk_of(lead, now=now),
        ),
        Field(
            name="stage",
            label=_("Stage"),
            kind=Kind.RELATION,
            column="stage_id",
            target=Stage,
        ),
        _relation("lost_reason", _("Lost reason"), LostReason),
        _relation("owner", _("Owner"), User),
        _relation("team", _("Team"), Team),
        _relation("product", _("Product of interest"), Product),
        Field(
            name="tags",
            label=_("Tags"),
            kind=Kind.RELATIONS,
            column="tags",
            target=Tag,
            nullable=True,
        ),
        _relation("utm_source", _("UTM source"), UtmSource),
        _relation("utm_medium", _("UTM medium"), UtmMedium),
        _relation("utm_campaign", _("UTM campaign"), UtmCampaign),
        _plain(Kind.NUMBER, "expected_revenue", _("Expected revenue"), nullable=True),
        _plain(Kind.NUMBER, "probability", _("Probability"), nullable=False),
        _plain(Kind.NUMBER, "bounce_count", _("Bounces"), nullable=False),
        _plain(Kind.NUMBER, "ignored_in_a_row", _("Ignored in a row"), nullable=False),
        _plain(
            Kind.NUMBER, "mail_gap_days", _("Wanted days between mails"), nullable=True
        ),
        _plain(Kind.MOMENT, "created_at", _("Created on"), nullable=False),
        _plain(Kind.MOMENT, "lost_at", _("Lost on"), nullable=True),
        _plain(Kind.MOMENT, "won_at", _("Won on"), nullable=True),
        _plain(Kind.MOMENT, "stage_changed_at", _("Stage changed on"), nullable=False),
        _plain(Kind.MOMENT, "last_mailed_at", _("Last mailed"), nullable=True),
        _plain(Kind.MOMENT, "last_engaged_at", _("Last engaged"), nullable=True),
        _plain(Kind.MOMENT, "paused_until", _("Paused until"), nullable=True),
        _plain(Kind.BOOLEAN, "active", _("Active"), nullable=False),
        _plain(Kind.BOOLEAN, "blacklisted", _("Blacklisted"), nullable=False),
    )
}
BEHAVIOURS: dict[str, Behaviour] = {}


def register_behaviour(behaviour: Behaviour) -> None:
    """Make a behaviour field known to rules; to be called once, in ``ready()``."""
    BEHAVIOURS[behaviour.name] = behaviour
    FIELD_TYPES[behaviour.name] = FieldType(Kind.BEHAVIOUR)
    FIELDS[behaviour.name] = Field(
        name=behaviour.name, label=behaviour.label, kind=Kind.BEHAVIOUR, nullable=False
    )


def choice_names(field: str) -> Mapping[str, tuple[str, ...]]:
    """Every code of a choice field with its names in all of our languages."""
    return _CHOICES[field]()


def choice_label(field: str, code: str) -> str:
    """What a code is called in the active language; the code if nobody knows it."""
    if field in _OWN_CODES:
        codes = _OWN_CODES[field]
        return str(codes(code).label) if code in codes else code
    locale = Locale(get_language() or "en")
    part = locale.territories if field == "country" else locale.languages
    return str(part.get(code) or code)


# Codes of ours, in the order in which people look at them.
_OWN_CODES: dict[str, type[models.TextChoices]] = {
    "status": LeadStatus,
    "address_quality": AddressQuality,
    "address_risk": AddressRisk,
}


@functools.cache
def _own_names(field: str) -> Mapping[str, tuple[str, ...]]:
    def labels(code: models.TextChoices) -> tuple[str, ...]:
        names = []
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                names.append(str(code.label))
        return tuple(dict.fromkeys(names))

    return {code.value: labels(code) for code in _OWN_CODES[field]}


@functools.cache
def _country_names() -> Mapping[str, tuple[str, ...]]:
    return _babel_names("territories", lambda code: len(code) == 2 and code.isalpha())


@functools.cache
def _language_names() -> Mapping[str, tuple[str, ...]]:
    # Leads speak languages, not locales: "pt", never "pt_BR".
    return _babel_names("languages", lambda code: "_" not in code and len(code) <= 3)


def _babel_names(
    part: str, fits: Callable[[str], bool]
) -> Mapping[str, tuple[str, ...]]:
    names: dict[str, dict[str, Any]] = {}
    for language, _name in settings.LANGUAGES:
        for code, name in getattr(Locale(language), part).items():
            if fits(code):
                names.setdefault(code, {})[name] = None
    return {code: tuple(found) for code, found in sorted(names.items())}


_CHOICES: dict[str, Callable[[], Mapping[str, tuple[str, ...]]]] = {
    **{field: functools.partial(_own_names, field) for field in _OWN_CODES},
    "country": _country_names,
    "language": _language_names,
}
