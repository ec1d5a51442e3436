"""From records to mails: who of an audience is written to, and why others are not.

One list of conditions gives every matched lead its reason. The figures beside the
rules, the lists behind them and the ledger of a starting mailing are all made of
it. Which lead of an address is the first is asked in three ways, each the quickest
where it stands; a law over random trees holds them to the same people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.db.models.lookups import Exact

from winback.accounts.models import User
from winback.consent.queries import (
    standing_opt_outs,
    wants_a_pause,
    wants_fewer_mails,
)
from winback.crm.models import Lead
from winback.segments.queries import AnyTree, audience

# In the order in which they are asked; the first that holds is the reason.
REASONS = (
    "no_address",
    "invalid_address",
    "duplicate",
    "blacklisted",
    "opted_out",
    "paused",
    "fewer_mails",
    "recently_mailed",
)
WILL_BE_MAILED = ""
CODES = (WILL_BE_MAILED, *REASONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Everything that decides who is written to: the same for figures and ledger."""

    tree: AnyTree
    user: User | None  # whose leads; None is everybody's
    topic_id: int | None  # whose opt-outs are asked; None asks none
    frequency_cap_days: int  # leaves out who was mailed in these days; 0 nobody
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """``matched`` = ``will_be_mailed`` + the sum of ``left_out``, always."""

    matched: int
    left_out: dict[str, int]  # every reason of REASONS, in that order
    will_be_mailed: int


def waterfall(reach: Reach) -> Waterfall:
    """All figures in one SQL statement.

    Raises RuleTreeError as ``audience`` does.
    """
    if connection.vendor == "sqlite":
        return _grouped_figures(reach)
    figures = _leads_with_reason(reach).aggregate(
        matched=Count("pk"),
        will_be_mailed=Count("pk", filter=Q(reason=WILL_BE_MAILED)),
        **{f"is_{name}": Count("pk", filter=Q(reason=name)) for name in REASONS},
    )
    return Waterfall(
        matched=figures["matched"],
        left_out={name: figures[f"is_{name}"] for name in REASONS},
        will_be_mailed=figures["will_be_mailed"],
    )


def _grouped_figures(reach: Reach) -> Waterfall:
    """The figures from one row for each address.

    SQLite spends a quarter less on this than on a window; PostgreSQL, which sorts
    with several workers and groups with one, would spend half as much again.
    """
    found = _addresses(reach).aggregate(
        matched=Sum("leads", default=0),
        typed=Sum("emails", default=0),
        invalid=Sum("emails", filter=Q(email_normalized=""), default=0),
        **{
            f"is_{code}": Count("first", filter=Q(Exact(F("first") % len(CODES), code)))
            for code in range(len(CODES))
        },
    )
    counted = {name: found[f"is_{code}"] for code, name in enumerate(CODES)}
    counted["no_address"] = found["matched"] - found["typed"]
    counted["invalid_address"] = found["invalid"]
    # No first lead of an address is one: whoever is left over.
    counted["duplicate"] = found["matched"] - sum(counted.values())
    return Waterfall(
        matched=found["matched"],
        left_out={name: counted[name] for name in REASONS},
        will_be_mailed=counted[WILL_BE_MAILED],
    )


def _addresses(reach: Reach) -> QuerySet[Lead, Any]:
    """For each address its leads, those with an email, and what the first one is.

    ``first`` is the lowest id with the place in CODES of what holds for that lead:
    one number, so that one MIN finds both.
    """
    cases = [
        When(condition, then=Value(CODES.index(name)))
        for name, condition in _reasons(reach, duplicate=None)
    ]
    code = Case(*cases, default=Value(0), output_field=IntegerField())
    return (
        _matched(reach)
        .values("email_normalized")
        .annotate(
            leads=Count("pk"),
            emails=Count("pk", filter=~Q(email="")),
            first=Min(F("pk") * len(CODES) + code),
        )
    )


def planned_rows_sql(reach: Reach) -> tuple[str, tuple[Any, ...]]:
    """The query of the ledger's rows: lead_id, address, language, reason.

    ``reason`` is '' for whoever will be mailed; ``address`` is normalised, and
    empty without a valid one. For use inside ``INSERT ... SELECT``.
    """
    rows = _leads_with_reason(reach).values(
        "language",
        lead_id=F("pk"),
        address=F("email_normalized"),
        why=F("reason"),
    )
    # elide_empty: a tree that matches nobody is a query without rows, no error.
    compiler = rows.query.get_compiler(connection=connection, elide_empty=False)
    sql, params = compiler.as_sql()
    columns = "lead_id, address, language, why AS reason"
    return f"SELECT {columns} FROM ({sql}) AS planned", tuple(params)  # noqa: S608


def people(reach: Reach, *, reason: str | None) -> QuerySet[Lead]:
    """The leads behind one figure: None is all matched, '' who will be mailed.

    As many as the figure says. Unordered. A page of them asks each lead on its
    way for an earlier one with the same address, and need not sort them all.
    """
    matched = _matched(reach)
    if reason is None:
        return matched
    found = matched
    for name, condition in _reasons(reach, duplicate=Q(_earlier_lead(matched))):
        if name == reason:
            return found.filter(condition)
        found = found.filter(~condition)
    return found if reason == WILL_BE_MAILED else found.none()


def _matched(reach: Reach) -> QuerySet[Lead]:
    return audience(reach.tree, user=reach.user, now=reach.now)


def _earlier_lead(matched: QuerySet[Lead]) -> Exists:
    """Whether another matched lead has the address of this one and a lower id."""
    same = matched.filter(
        ~Q(email_normalized=""),  # says that the index of addresses may serve
        email_normalized=OuterRef("email_normalized"),
        pk__lt=OuterRef("pk"),
    )
    return Exists(same)


def _leads_with_reason(reach: Reach) -> QuerySet[Lead]:
    """Every matched lead with ``reason``: why it is left out, '' if it is not."""
    position = Window(RowNumber(), partition_by=_by_address(), order_by="pk")
    reasons = _reasons(reach, duplicate=Q(position__gt=1))
    cases = [When(condition, then=Value(name)) for name, condition in reasons]
    reason = Case(*cases, default=Value(WILL_BE_MAILED), output_field=CharField())
    return _matched(reach).annotate(position=position).annotate(reason=reason)


def _reasons(reach: Reach, *, duplicate: Q | None) -> list[tuple[str, Q]]:
    """Why leads are left out, strongest first: the first that holds is the reason."""
    reasons = [("no_address", Q(email="")), ("invalid_address", Q(email_normalized=""))]
    # The first lead of an address is decided before anything is known against
    # the address, so that the reasons of a duplicate never depend on its twin's.
    if duplicate is not None:
        reasons.append(("duplicate", duplicate))
    reasons.append(("blacklisted", Q(blacklisted=True)))
    if reach.topic_id is not None:
        # Asked for each address: PostgreSQL compares every lead with a whole list
        # once the list outgrows its memory, at some hundred thousand opt-outs.
        standing = standing_opt_outs(reach.topic_id, now=reach.now)
        refused = standing.filter(address=OuterRef("email_normalized"))
        reasons.append(("opted_out", Q(Exists(refused))))
    # Copies on the lead of what the person wished of all our mail.
    reasons.append(("paused", wants_a_pause(reach.now)))
    reasons.append(("fewer_mails", wants_fewer_mails(reach.now)))
    if reach.frequency_cap_days > 0:
        since = reach.now - timedelta(days=reach.frequency_cap_days)
        reasons.append(("recently_mailed", Q(last_mailed_at__gte=since)))
    return reasons


def _by_address() -> list[Func | F]:
    """What leads of one address share, quick to sort by.

    Addresses begin alike, and PostgreSQL compares them letter by letter: a
    number made of each comes first, so that the letters seldom matter. SQLite
    has no such function and compares bytes anyway.
    """
    address = F("email_normalized")
    if connection.vendor != "postgresql":
        return [address]
    return [Func(address, function="hashtext", output_field=IntegerField()), address]
