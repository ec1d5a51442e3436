"""The people a rule tree finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from winback.accounts.models import User
from winback.crm.models import Lead, LeadStatus, translated
from winback.segments.conditions import Circumstances, tree_condition
from winback.segments.known import Known, read_known
from winback.segments.models import DefaultFilter, FavouriteFilter
from winback.segments.resolving import resolve_names
from winback.segments.rules import Group, RuleTreeError, Tree, parse_tree, walk

AnyTree = Tree | Mapping[str, object] | None
PAGE_SIZE = 80
FEW = 1_000


class PersonRow(NamedTuple):
    """What a list shows of one lead: far less than a Lead, and as much quicker."""

    pk: int
    title: str
    contact_name: str
    company: str
    email: str
    lost_at: datetime | None
    created_at: datetime
    stage: str
    lost_reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads of a list, newest first, and where the next ones begin."""

    rows: list[PersonRow]
    next_cursor: str  # "" after the last page


def audience(tree: AnyTree, *, user: User | None, now: datetime) -> QuerySet[Lead]:
    """The leads that ``tree`` matches among those ``user`` may see (None: all).

    ``tree`` is the grammar's JSON or a tree read from it. Archived leads are
    left out unless a rule names ``active`` or ``status``. Unordered. Raises
    RuleTreeError with the place of the fault, also when a record that a rule
    names is gone: it never silently matches nothing.
    """
    asked = as_tree(tree)
    known = read_known(asked)
    resolved = resolve_names(asked, known)
    leads = Lead.objects.all() if user is None else Lead.objects.visible_to(user)
    return leads.filter(tree_condition(resolved, circumstances(known, now=now)))


def as_tree(tree: AnyTree) -> Tree:
    """``tree`` read and checked if it is still JSON."""
    return tree if isinstance(tree, Group) else parse_tree(tree)


def keys_named(trees: Iterable[AnyTree], *, field: str) -> frozenset[int]:
    """The ids that ``trees`` give for ``field``; one that cannot be read gives none."""
    ids: set[int] = set()
    for tree in trees:
        try:
            rules = [*walk(as_tree(tree))]
        except RuleTreeError:
            continue
        for rule in rules:
            if rule.field == field and rule.has_keys:
                ids.update(key for key in rule.values if isinstance(key, int))
    return frozenset(ids)


def circumstances(known: Known, *, now: datetime) -> Circumstances:
    """The clock, and what ``read_known`` gave for the tree to be evaluated."""
    every_key: dict[str, Sequence[int | str]] = {"status": LeadStatus.values}
    if "stage" in known.own_names:
        every_key["stage"] = [*known.own_names["stage"]]
    return Circumstances(now=now, zone=known.zone, every_key=every_key)


def visible_favourites(user: User) -> QuerySet[FavouriteFilter]:
    """The filters that ``user`` may load: their own and the shared ones, by name."""
    return FavouriteFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).order_by(
        "name", "pk"
    )


def default_filter(user: User) -> FavouriteFilter | None:
    """The filter that ``user`` starts new mailings with, if they chose one."""
    chosen = DefaultFilter.objects.filter(user=user).select_related("filter").first()
    return chosen.filter if chosen else None


def counted(leads: QuerySet[Lead]) -> tuple[QuerySet[Lead], int]:
    """The leads and how many they are.

    Few are named by their ids, so that a page of them does not search again: who
    is rare in a long list is found by reading all of it.
    """
    lead_ids = list(leads.order_by().values_list("pk", flat=True)[: FEW + 1])
    if len(lead_ids) > FEW:
        return leads, leads.count()
    return Lead.objects.filter(pk__in=lead_ids), len(lead_ids)


def page_of(leads: QuerySet[Lead], *, size: int = PAGE_SIZE, after: str = "") -> Page:
    """One page of leads by date of creation, newest first; ``after`` is a cursor.

    The next page begins after the last lead of this one, however many were added
    or removed meanwhile, and costs the same however deep it lies. A cursor that
    is none gives the first page.
    """
    place = read_cursor(after)
    if place is not None:
        created_at, pk = place
        leads = leads.filter(
            Q(created_at__lte=created_at),
            Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk),
        )
    found = leads.order_by("-created_at", "-pk").values_list(*_PLAIN, *_NAMED)
    rows = [_row(*values) for values in found[: size + 1]]
    more = len(rows) > size
    return Page(rows[:size], _cursor(rows[size - 1]) if more else "")


_PLAIN = ("pk", "title", "contact_name", "company", "email", "lost_at", "created_at")
_NAMED = (
    "stage__name",
    "stage__name_translations",
    "lost_reason__name",
    "lost_reason__name_translations",
)


def _row(*values: Any) -> PersonRow:
    *plain, stage, stage_translations, reason, reason_translations = values
    stage = translated(stage, stage_translations)
    reason = translated(reason, reason_translations) if reason else ""
    return PersonRow._make([*plain, stage, reason])


def _cursor(row: PersonRow) -> str:
    return f"{row.created_at.isoformat()}_{row.pk}"


def read_cursor(cursor: str) -> tuple[datetime, int] | None:
    """The place that a cursor of ``page_of`` stands for, None if it is none."""
    moment, _mark, pk = cursor.partition("_")
    try:
        at, number = datetime.fromisoformat(moment), int(pk)
        return (at.astimezone(UTC), number) if at.tzinfo and number < 1 << 63 else None
    except (ValueError, OverflowError):
        return None
