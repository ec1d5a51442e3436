"""One person's values for the merge fields, read only when a template asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils import timezone

from winback.accounts.models import User
from winback.content.liquid.formats import Money, date_text, locale_of
from winback.core.models import Installation
from winback.crm.models import Lead, Product

# What a query for leads should join: merge fields read these.
MERGE_RELATIONS = ("product", "lost_reason", "owner")
DEFAULT_LANGUAGE = "en"


class Day(date):
    """A date that is written in its reader's way wherever it is put."""

    language = DEFAULT_LANGUAGE

    def __str__(self) -> str:
        return date_text(date(self.year, self.month, self.day), "long", self.language)

    @classmethod
    def of(cls, moment: datetime | None, language: str) -> Day | None:
        if moment is None:
            return None
        local = timezone.localtime(moment, timezone.get_default_timezone())
        day = cls(local.year, local.month, local.day)
        day.language = language
        return day


Reader = Callable[[Lead, str], object]


class _Fields(Mapping[str, object]):
    """A record's fields by name; None for one that is empty."""

    __slots__ = ("_language", "_record")
    readers: Mapping[str, Callable[..., object]] = {}

    def __init__(self, record: object, language: str) -> None:
        self._record = record
        self._language = language

    def __getitem__(self, key: str) -> object:
        return self.readers[key](self._record, self._language)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readers)

    def __len__(self) -> int:
        return len(self.readers)


def _country(lead: Lead, language: str) -> object:
    if not lead.country:
        return None
    return locale_of(language).territories.get(lead.country, lead.country)


def _lost_reason(lead: Lead, language: str) -> object:
    reason = lead.lost_reason
    if reason is None:
        return None
    return reason.name_translations.get(language) or reason.name


def _money(amount: Decimal | None, currency: str, language: str) -> object:
    return None if amount is None else Money(amount, currency, language)


class ProductFields(_Fields):
    readers: Mapping[str, Callable[[Product, str], object]] = {
        "name": lambda product, _language: product.name,
        "price": lambda product, language: _money(
            product.price, product.currency, language
        ),
        "stock": lambda product, _language: product.stock,
    }


def _product(lead: Lead, language: str) -> object:
    return None if lead.product is None else ProductFields(lead.product, language)


class LeadFields(_Fields):
    readers: Mapping[str, Reader] = {
        "first_name": lambda lead, _language: lead.first_name or None,
        "contact_name": lambda lead, _language: lead.contact_name or None,
        "company": lambda lead, _language: lead.company or None,
        "title": lambda lead, _language: lead.title,
        "city": lambda lead, _language: lead.city or None,
        "country": _country,
        "language": lambda lead, _language: lead.language or None,
        "product": _product,
        "lost_reason": _lost_reason,
        "lost_at": lambda lead, language: Day.of(lead.lost_at, language),
        "created_at": lambda lead, language: Day.of(lead.created_at, language),
        "expected_revenue": lambda lead, language: _money(
            lead.expected_revenue, lead.currency, language
        ),
    }


class OwnerFields(_Fields):
    readers: Mapping[str, Callable[[User, str], object]] = {
        "name": lambda owner, _language: owner.get_full_name() or None,
        "email": lambda owner, _language: owner.email,
    }


def company_values() -> dict[str, object]:
    """Our own name and address, for everybody the same."""
    installation = Installation.current()
    return {
        "name": installation.company_name or None,
        "postal_address": installation.postal_address or None,
    }


def merge_values(
    lead: Lead,
    *,
    language: str,
    company: Mapping[str, object],
    mailing_name: str,
    unsubscribe_url: str,
    view_url: str,
) -> dict[str, object]:
    """What a template finds for this person. Read the lead with MERGE_RELATIONS."""
    return {
        "lead": LeadFields(lead, language),
        "owner": OwnerFields(lead.owner, language) if lead.owner else {},
        "company": company,
        "mailing": {"name": mailing_name},
        "unsubscribe_url": unsubscribe_url,
        "view_url": view_url,
        "language_code": language,
    }


# When a merge field has nothing to say, as a condition on leads.
EMPTY_WHEN: dict[str, Q] = {
    "lead.first_name": Q(contact_name=""),
    "lead.contact_name": Q(contact_name=""),
    "lead.company": Q(company=""),
    "lead.city": Q(city=""),
    "lead.country": Q(country=""),
    "lead.language": Q(language=""),
    "lead.product": Q(product__isnull=True),
    "lead.product.name": Q(product__isnull=True),
    "lead.product.price": Q(product__price__isnull=True),
    "lead.product.stock": Q(product__stock__isnull=True),
    "lead.lost_reason": Q(lost_reason__isnull=True),
    "lead.lost_at": Q(lost_at__isnull=True),
    "lead.expected_revenue": Q(expected_revenue__isnull=True),
    "owner.name": Q(owner__isnull=True) | Q(owner__first_name="", owner__last_name=""),
    "owner.email": Q(owner__isnull=True),
}
