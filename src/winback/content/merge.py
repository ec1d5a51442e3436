"""One person's values for the merge fields, read only when a template asks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from winback.accounts.models import User
from winback.content.liquid.formats import Money, date_text, locale_of
from winback.content.liquid.names import family_name, given_name
from winback.core.models import Installation
from winback.crm.models import Lead, LostReason, Product

# What a query for leads should join: merge fields read these.
MERGE_RELATIONS = ("product", "lost_reason", "owner")
DEFAULT_LANGUAGE = "en"


@dataclass(slots=True)
class MergeLead:
    """Of a lead what mails may say, without the model's weight.

    A mailing reads one for each mail; columns that its contents do not use are
    left as they are here.
    """

    contact_name: str = ""
    company: str = ""
    title: str = ""
    city: str = ""
    country: str = ""
    language: str = ""
    lost_at: datetime | None = None
    created_at: datetime | None = None
    expected_revenue: Decimal | None = None
    currency: str = ""
    product: Product | None = None
    lost_reason: LostReason | None = None
    owner: User | None = None
    email: str = ""
    phone: str = ""


AnyLead = Lead | MergeLead
_RELATED: dict[str, type[Product | LostReason | User]] = {
    "product": Product,
    "lost_reason": LostReason,
    "owner": User,
}
# The merge fields that are not a column of the same name.
_COLUMNS_OF = {
    "first_name": ("contact_name",),
    "last_name": ("contact_name",),
    "language_name": ("language",),
    "expected_revenue": ("expected_revenue", "currency"),
}


def merge_columns(used_fields: Collection[str]) -> list[str]:
    """The columns of a lead that these merge fields read, for ``read_merge_leads``.

    The contact name is always among them: it stands beside the address.
    """
    known = [field.name for field in fields(MergeLead)]
    wanted = {"contact_name"}
    for path in used_fields:
        group, _, rest = path.partition(".")
        name = rest.partition(".")[0]
        if group == "owner":
            wanted.add("owner")
        elif group == "lead":
            # A lead that is asked for as a whole needs everything.
            wanted.update(_COLUMNS_OF.get(name, (name,) if name in known else known))
    return [name for name in known if name in wanted]


def read_merge_leads(
    columns: Sequence[str], rows: Collection[Sequence[Any]]
) -> list[MergeLead]:
    """A lead for each row of these columns' values, in the same order.

    A related record is given by its id and read here, in one query for each
    kind that is asked for.
    """
    records = {
        place: _RELATED[name].objects.in_bulk({row[place] for row in rows} - {None})
        for place, name in enumerate(columns)
        if name in _RELATED
    }
    leads = []
    for row in rows:
        values: list[Any] = list(row)
        for place, found in records.items():
            values[place] = found.get(values[place])
        leads.append(MergeLead(**dict(zip(columns, values, strict=True))))
    return leads


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a value is written: their language, and the zone of our days."""

    language: str
    zone: ZoneInfo


class Day(date):
    """A date that is written in its reader's way wherever it is put."""

    language = DEFAULT_LANGUAGE

    def __str__(self) -> str:
        return date_text(date(self.year, self.month, self.day), "long", self.language)

    @classmethod
    def of(cls, moment: datetime | None, reader: Reader) -> Day | None:
        if moment is None:
            return None
        local = moment.astimezone(reader.zone)
        day = cls(local.year, local.month, local.day)
        day.language = reader.language
        return day


class _Fields(Mapping[str, object]):
    """A record's fields by name; None for one that is empty."""

    __slots__ = ("_reader", "_record")
    readers: Mapping[str, Callable[..., object]] = {}

    def __init__(self, record: object, reader: Reader) -> None:
        self._record = record
        self._reader = reader

    def __getitem__(self, key: str) -> object:
        return self.readers[key](self._record, self._reader)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readers)

    def __len__(self) -> int:
        return len(self.readers)

    def __str__(self) -> str:
        """Its name: what is written of a record that was put into a variable."""
        return str(self.get("name") or self.get("contact_name") or "")


def _country(lead: AnyLead, reader: Reader) -> object:
    if not lead.country:
        return None
    return locale_of(reader.language).territories.get(lead.country, lead.country)


def _language_name(lead: AnyLead, reader: Reader) -> object:
    code = lead.language.replace("_", "-").split("-")[0]
    return locale_of(reader.language).languages.get(code) or lead.language or None


def _lost_reason(lead: AnyLead, reader: Reader) -> object:
    reason = lead.lost_reason
    if reason is None:
        return None
    return reason.name_translations.get(reader.language) or reason.name


def _money(amount: Decimal | None, currency: str, reader: Reader) -> object:
    return None if amount is None else Money(amount, currency, reader.language)


class ProductFields(_Fields):
    readers: Mapping[str, Callable[[Product, Reader], object]] = {
        "name": lambda product, _reader: product.name,
        "code": lambda product, _reader: product.code or None,
        "price": lambda product, reader: _money(
            product.price, product.currency, reader
        ),
        "stock": lambda product, _reader: product.stock,
    }


def _product(lead: AnyLead, reader: Reader) -> object:
    return None if lead.product is None else ProductFields(lead.product, reader)


class LeadFields(_Fields):
    readers: Mapping[str, Callable[[AnyLead, Reader], object]] = {
        "first_name": lambda lead, _reader: given_name(lead.contact_name) or None,
        "last_name": lambda lead, _reader: family_name(lead.contact_name) or None,
        "contact_name": lambda lead, _reader: lead.contact_name or None,
        "company": lambda lead, _reader: lead.company or None,
        "title": lambda lead, _reader: lead.title,
        "city": lambda lead, _reader: lead.city or None,
        "country": _country,
        "email": lambda lead, _reader: lead.email or None,
        "phone": lambda lead, _reader: lead.phone or None,
        "language": lambda lead, _reader: lead.language or None,
        "language_name": _language_name,
        "product": _product,
        "lost_reason": _lost_reason,
        "lost_at": lambda lead, reader: Day.of(lead.lost_at, reader),
        "created_at": lambda lead, reader: Day.of(lead.created_at, reader),
        "expected_revenue": lambda lead, reader: _money(
            lead.expected_revenue, lead.currency, reader
        ),
    }


class OwnerFields(_Fields):
    readers: Mapping[str, Callable[[User, Reader], object]] = {
        "name": lambda owner, _reader: owner.get_full_name() or None,
        "first_name": lambda owner, _reader: owner.first_name or None,
        "email": lambda owner, _reader: owner.email,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OurSide:
    """What a mail says about us, for everybody the same."""

    company: Mapping[str, object]
    zone: ZoneInfo


def our_side() -> OurSide:
    installation = Installation.current()
    company = {
        "name": installation.company_name or None,
        "postal_address": installation.postal_address or None,
        "website": installation.website or None,
        "email": installation.sender_address or None,
    }
    return OurSide(company=company, zone=installation.zone)


def merge_values(
    lead: AnyLead,
    *,
    language: str,
    ours: OurSide,
    mailing_name: str,
    unsubscribe_url: str,
    view_url: str,
) -> dict[str, object]:
    """What a template finds for this person. Read the lead with MERGE_RELATIONS."""
    reader = Reader(language, ours.zone)
    return {
        "lead": LeadFields(lead, reader),
        "owner": OwnerFields(lead.owner, reader) if lead.owner else {},
        "company": ours.company,
        "mailing": {"name": mailing_name},
        "unsubscribe_url": unsubscribe_url,
        "view_url": view_url,
        "language_code": language,
    }


# When a merge field has nothing to say, as a condition on leads.
EMPTY_WHEN: dict[str, Q] = {
    "lead.first_name": Q(contact_name=""),
    "lead.last_name": ~Q(contact_name__contains=" "),
    "lead.contact_name": Q(contact_name=""),
    "lead.company": Q(company=""),
    "lead.city": Q(city=""),
    "lead.country": Q(country=""),
    "lead.email": Q(email=""),
    "lead.phone": Q(phone=""),
    "lead.language": Q(language=""),
    "lead.language_name": Q(language=""),
    "lead.product": Q(product__isnull=True),
    "lead.product.name": Q(product__isnull=True),
    "lead.product.code": Q(product__isnull=True) | Q(product__code=""),
    "lead.product.price": Q(product__price__isnull=True),
    "lead.product.stock": Q(product__stock__isnull=True),
    "lead.lost_reason": Q(lost_reason__isnull=True),
    "lead.lost_at": Q(lost_at__isnull=True),
    "lead.expected_revenue": Q(expected_revenue__isnull=True),
    "owner.name": Q(owner__isnull=True) | Q(owner__first_name="", owner__last_name=""),
    "owner.first_name": Q(owner__isnull=True) | Q(owner__first_name=""),
    "owner.email": Q(owner__isnull=True),
}
