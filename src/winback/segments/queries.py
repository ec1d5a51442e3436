"""The people a rule tree finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from winback.accounts.models import User
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.segments.conditions import Circumstances, tree_condition
from winback.segments.models import DefaultFilter, FavouriteFilter
from winback.segments.resolving import resolve_names
from winback.segments.rules import Group, Kind, Tree, parse_tree, walk
from winback.segments.rules.kinds import FIELD_TYPES

AnyTree = Tree | Mapping[str, object] | None
PAGE_SIZE = 80


@dataclass(frozen=True, slots=True)
class Page:
    """Some leads of a list, newest first, and where the next ones begin."""

    leads: list[Lead]
    next_cursor: str  # "" after the last page


def audience(tree: AnyTree, *, user: User | None, now: datetime) -> QuerySet[Lead]:
    """The leads that ``tree`` matches among those ``user`` may see (None: all).

    ``tree`` is the grammar's JSON or a tree read from it. Archived leads are
    left out unless a rule names ``active`` or ``status``. Unordered. Raises
    RuleTreeError with the place of the fault, also when a record that a rule
    names is gone: it never silently matches nothing.
    """
    resolved = resolve_names(as_tree(tree))
    leads = Lead.objects.all() if user is None else Lead.objects.visible_to(user)
    return leads.filter(tree_condition(resolved, circumstances(resolved, now=now)))


def as_tree(tree: AnyTree) -> Tree:
    """``tree`` read and checked if it is still JSON."""
    return tree if isinstance(tree, Group) else parse_tree(tree)


def circumstances(tree: Tree, *, now: datetime) -> Circumstances:
    """The clock, and the installation's time zone if dates in the tree need it."""
    needs_zone = any(FIELD_TYPES[rule.field].kind == Kind.MOMENT for rule in walk(tree))
    zone = Installation.current().zone if needs_zone else ZoneInfo("UTC")
    return Circumstances(now=now, zone=zone)


def visible_favourites(user: User) -> QuerySet[FavouriteFilter]:
    """The filters that ``user`` may load: their own and the shared ones, by name."""
    return FavouriteFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).order_by(
        "name", "pk"
    )


def default_filter(user: User) -> FavouriteFilter | None:
    """The filter that ``user`` starts new mailings with, if they chose one."""
    chosen = DefaultFilter.objects.filter(user=user).select_related("filter").first()
    return chosen.filter if chosen else None


def page_of(leads: QuerySet[Lead], *, size: int = PAGE_SIZE, after: str = "") -> Page:
    """One page of leads by date of creation, newest first; ``after`` is a cursor.

    The next page begins after the last lead of this one, however many were added
    or removed meanwhile, and costs the same however deep it lies. A cursor that
    is none gives the first page.
    """
    created_at, pk = _read_cursor(after)
    if created_at is not None:
        leads = leads.filter(
            Q(created_at__lte=created_at),
            Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=pk),
        )
    found = list(leads.order_by("-created_at", "-pk")[: size + 1])
    page = found[:size]
    more = len(found) > size
    return Page(page, _cursor(page[-1]) if more else "")


def _cursor(lead: Lead) -> str:
    return f"{lead.created_at.isoformat()}_{lead.pk}"


def _read_cursor(cursor: str) -> tuple[datetime | None, int]:
    moment, _mark, pk = cursor.partition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(pk)) if at.tzinfo else (None, 0)
    except ValueError:
        return None, 0
