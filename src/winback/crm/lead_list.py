"""The list of leads: what it is filtered, sorted and grouped by, and its pages.

Pages go by key, not by number, so the last page of a million leads costs what
the first one does; counts stop at ``COUNT_LIMIT``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from winback.core.days import parse_day
from winback.core.models import Installation
from winback.core.text import fold
from winback.crm.models import Lead, LeadLoss, LeadStatus

COUNT_LIMIT = 10_000
FEW = 1_000
PAGE_SIZE = 50
MAX_SEARCH_LENGTH = 200
NONE = "none"
SEARCHED = (
    "title_folded",
    "contact_name_folded",
    "company_folded",
    "email_folded",
    "phone_folded",
)
STATUS_CONDITIONS = {
    "open": Q(status=LeadStatus.OPEN, active=True),
    "lost": Q(status=LeadStatus.LOST),
    "won": Q(status=LeadStatus.WON),
    "all": Q(),
}
# True of every lost lead; said so that the index by loss may serve.
HAS_LOSS_DATE = Q(lost_at__isnull=False)
RELATIONS = {
    "stage": "stage",
    "reason": "lost_reason",
    "owner": "owner",
    "team": "team",
    "tag": "tags",
    "product": "product",
}
# First and last day of a span, both included.
DAYS = {
    "created_from": "created_at__gte",
    "created_until": "created_at__lt",
    "lost_from": "lost_at__gte",
    "lost_until": "lost_at__lt",
}


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the list: one column, empty cells last, then the id."""

    label: str | Promise
    column: str
    descending: bool = True
    kind: str = "time"
    is_filled: bool = False  # no cell is empty, so a plain index serves the order


SORTS = {
    "newest": Sort(_("Newest first"), "created_at", is_filled=True),
    "oldest": Sort(_("Oldest first"), "created_at", descending=False, is_filled=True),
    "lost": Sort(_("Lost most recently"), "lost_at"),
    "title": Sort(_("By title"), "title_folded", descending=False, kind="text"),
    "revenue": Sort(_("Highest revenue"), "expected_revenue", kind="number"),
}
GROUPS = {
    "reason": (_("By lost reason"), _("Lost reason"), "lost_reason"),
    "stage": (_("By stage"), _("Stage"), "stage"),
    "owner": (_("By owner"), _("Owner"), "owner"),
    "team": (_("By team"), _("Team"), "team"),
    "product": (_("By product"), _("Product of interest"), "product"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """What the list shows, as its address says it."""

    text: str = ""
    status: str = "open"
    restored_days: int | None = None
    # Of RELATIONS: a primary key, or "none" for leads without one.
    relations: dict[str, str] = field(default_factory=dict)
    # Of DAYS, as the installation's clock counts days.
    days: dict[str, date] = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> LeadFilter:
        """What cannot be understood counts as not asked for."""
        status = query.get("status", "open")
        return cls(
            text=query.get("q", "").strip()[:MAX_SEARCH_LENGTH],
            status=status if status in STATUS_CONDITIONS else "open",
            restored_days=_days(query.get("restored", "")),
            relations={
                name: value
                for name in RELATIONS
                if (value := query.get(name, "")) == NONE or _is_key(value)
            },
            days={
                name: day for name in DAYS if (day := parse_day(query.get(name, "")))
            },
        )

    @property
    def is_narrow(self) -> bool:
        """Whether anything but the status leaves leads out."""
        return bool(self.text or self.relations or self.days or self.restored_days)

    @property
    def is_lost_only(self) -> bool:
        return self.status == "lost" and self.restored_days is None


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _days(text: str) -> int | None:
    return int(text) if _is_key(text) and len(text) < 5 else None


def matching_leads(
    leads: QuerySet[Lead], chosen: LeadFilter, *, now: datetime
) -> QuerySet[Lead]:
    """``leads`` narrowed to what ``chosen`` asks for; unordered."""
    if chosen.restored_days is None:
        leads = leads.filter(STATUS_CONDITIONS[chosen.status])
    else:
        since = now - timedelta(days=chosen.restored_days)
        restored = LeadLoss.objects.filter(restored_at__gte=since)
        leads = leads.filter(pk__in=restored.values("lead"))
    if chosen.text:
        wanted = fold(chosen.text.replace("\x00", ""))
        anywhere = Q()
        for column in SEARCHED:
            anywhere |= Q(**{f"{column}__contains": wanted})
        leads = leads.filter(anywhere)
    for name, value in chosen.relations.items():
        column = RELATIONS[name]
        if value == NONE:
            leads = leads.filter(**{f"{column}__isnull": True})
        else:
            leads = leads.filter(**{column: int(value)})
    return _within_days(leads, chosen.days)


def _within_days(leads: QuerySet[Lead], days: Mapping[str, date]) -> QuerySet[Lead]:
    if not days:
        return leads
    zone = Installation.current().zone
    for name, day in days.items():
        if name.endswith("_until"):
            day += timedelta(days=1)
        leads = leads.filter(**{DAYS[name]: datetime.combine(day, time.min, zone)})
    return leads


@dataclass(frozen=True, slots=True)
class Found:
    """What a filter found: few enough to be named one by one, or only counted."""

    leads: QuerySet[Lead]
    count: int
    is_exact: bool  # False: there are more than COUNT_LIMIT


def found_leads(leads: QuerySet[Lead], chosen: LeadFilter) -> Found:
    """Count the ``leads`` of a filter; one query for few of them, two for many.

    Few are kept by their ids, so that a page of them does not search again: a
    search through a million leads reads them once.
    """
    counted_leads = leads.order_by()
    if chosen.is_lost_only:
        counted_leads = counted_leads.filter(HAS_LOSS_DATE)
    lead_ids = list(counted_leads.values_list("pk", flat=True)[: FEW + 1])
    if len(lead_ids) <= FEW:
        return Found(Lead.objects.filter(pk__in=lead_ids), len(lead_ids), True)
    counted = counted_leads[: COUNT_LIMIT + 1].count()
    return Found(leads, min(counted, COUNT_LIMIT), counted <= COUNT_LIMIT)


def sort_for(name: str, chosen: LeadFilter) -> Sort:
    """The order called ``name``, spared the empty cells where there are none."""
    sort = SORTS[name]
    is_loss = sort.column == "lost_at" and chosen.is_lost_only
    return replace(sort, is_filled=True) if is_loss else sort


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Lead]
    after: str  # the cursor of the next page, empty on the last one
    before: str


def page_of(leads: QuerySet[Lead], sort: Sort, *, after: str, before: str) -> Page:
    """One page after or before a cursor; a broken cursor is the first page.

    Rows carry stage, reason, owner and tags: four queries for any number.
    """
    backwards = bool(before) and not after
    cursor = _read_cursor(before if backwards else after, sort)
    ordered = leads.order_by(*_order(sort, backwards=backwards))
    if sort.is_filled and sort.column == "lost_at":
        ordered = ordered.filter(HAS_LOSS_DATE)
    if cursor is not None:
        ordered = ordered.filter(_beyond(cursor, sort, backwards=backwards))
    # The keys first: sorting a million bare keys is cheaper than whole rows.
    lead_ids = list(ordered.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    has_more, shown = len(lead_ids) > PAGE_SIZE, lead_ids[:PAGE_SIZE]
    related = Lead.objects.select_related("stage", "lost_reason", "owner", "product")
    by_id = related.prefetch_related("tags").in_bulk(shown)
    rows = [by_id[lead_id] for lead_id in shown if lead_id in by_id]
    if backwards and cursor is not None:
        rows.reverse()
        return _page(rows, sort, has_next=True, has_previous=has_more)
    return _page(rows, sort, has_next=has_more, has_previous=cursor is not None)


def _page(rows: list[Lead], sort: Sort, *, has_next: bool, has_previous: bool) -> Page:
    return Page(
        rows=rows,
        after=_cursor(rows[-1], sort) if rows and has_next else "",
        before=_cursor(rows[0], sort) if rows and has_previous else "",
    )


def _order(sort: Sort, *, backwards: bool) -> list[Any]:
    column = F(sort.column)
    descending = sort.descending != backwards
    if backwards:
        first = (
            column.desc(nulls_first=True)
            if descending
            else column.asc(nulls_first=True)
        )
    else:
        first = (
            column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
        )
    if sort.is_filled:
        first = column.desc() if descending else column.asc()
    return [first, "-pk" if descending else "pk"]


def _beyond(cursor: tuple[Any, int], sort: Sort, *, backwards: bool) -> Q:
    """The rows on the far side of the cursor; empty cells stand at the end."""
    value, pk = cursor
    side = "lt" if sort.descending != backwards else "gt"
    beside = Q(**{f"pk__{side}": pk})
    if sort.is_filled and value is not None:
        # One stretch of the index, so that the last page costs what the first does.
        stretch = Q(**{f"{sort.column}__{side}e": value})
        return stretch & (Q(**{f"{sort.column}__{side}": value}) | beside)
    empty = Q(**{f"{sort.column}__isnull": True})
    if value is None:
        return (empty & beside) | ~empty if backwards else empty & beside
    beyond = Q(**{f"{sort.column}__{side}": value})
    beyond |= Q(**{sort.column: value}) & beside
    return beyond if backwards else beyond | empty


def _cursor(lead: Lead, sort: Sort) -> str:
    value = getattr(lead, sort.column)
    text = value.isoformat() if isinstance(value, datetime) else value
    return json.dumps([None if text is None else str(text), lead.pk])


def _read_cursor(text: str, sort: Sort) -> tuple[Any, int] | None:
    try:
        value, pk = json.loads(text)
        if not isinstance(pk, int) or isinstance(pk, bool):
            return None
        return (None if value is None else _parse(str(value), sort)), pk
    except (ValueError, TypeError, InvalidOperation):
        return None


def _parse(text: str, sort: Sort) -> Any:
    if sort.kind == "text":
        return text
    if sort.kind == "number":
        return Decimal(text)
    moment = parse_datetime(text)
    if moment is None or moment.tzinfo is None:
        raise ValueError(text)
    return moment


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    name: str
    leads: int
    revenue: Decimal | None


def groups_of(leads: QuerySet[Lead], group: str) -> list[Group]:
    """How many leads stand under each value of a relation, most first.

    Revenue is summed only where all of a group is in one currency.
    """
    column = GROUPS[group][2]
    counts = (
        leads.order_by()
        .values(column)
        .annotate(
            number=Count("pk"),
            revenue=Sum("expected_revenue"),
            first_currency=Min("currency"),
            last_currency=Max("currency"),
        )
        .order_by("-number")
    )
    rows = list(counts)
    model = Lead._meta.get_field(column).related_model
    names: Any = model.objects.in_bulk([r[column] for r in rows if r[column]])  # type: ignore[union-attr]
    return [
        Group(
            key=str(row[column] or NONE),
            name=str(names.get(row[column], "")),
            leads=row["number"],
            revenue=row["revenue"]
            if row["first_currency"] == row["last_currency"]
            else None,
        )
        for row in rows
    ]


def _in_one_currency(row: dict[str, Any]) -> Decimal | None:
    is_one = row["first_currency"] == row["last_currency"]
    return row["revenue"] if is_one else None
