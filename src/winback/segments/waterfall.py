"""From records to mails: who of an audience is written to, and why others are not.

One inner query gives every matched lead its reason. The figures beside the
rules, the lists behind them and the ledger of a starting mailing are all made of
it, so they cannot differ.
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
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber
from django.db.models.lookups import Exact

from winback.accounts.models import User
from winback.consent.models import OptOut
from winback.crm.models import Lead
from winback.segments.queries import AnyTree, audience

# In the order in which they are asked; the first that holds is the reason.
REASONS = (
    "no_address",
    "invalid_address",
    "duplicate",
    "blacklisted",
    "opted_out",
    "recently_mailed",
)
WILL_BE_MAILED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """``matched`` = ``will_be_mailed`` + the sum of ``left_out``, always."""

    matched: int
    left_out: dict[str, int]  # every reason of REASONS, in that order
    will_be_mailed: int


def waterfall(
    tree: AnyTree,
    *,
    user: User | None,
    topic_id: int | None,
    frequency_cap_days: int,
    now: datetime,
) -> Waterfall:
    """All figures in one SQL statement. ``topic_id`` None asks no opt-outs.

    Raises RuleTreeError as ``audience`` does.
    """
    rows = _leads_with_reason(
        tree,
        user=user,
        topic_id=topic_id,
        frequency_cap_days=frequency_cap_days,
        now=now,
    )
    figures = rows.aggregate(
        matched=Count("pk"),
        will_be_mailed=Count("pk", filter=Q(reason=WILL_BE_MAILED)),
        **{f"is_{name}": Count("pk", filter=Q(reason=name)) for name in REASONS},
    )
    return Waterfall(
        matched=figures["matched"],
        left_out={name: figures[f"is_{name}"] for name in REASONS},
        will_be_mailed=figures["will_be_mailed"],
    )


def planned_rows_sql(
    tree: AnyTree,
    *,
    user: User | None,
    topic_id: int | None,
    frequency_cap_days: int,
    now: datetime,
) -> tuple[str, tuple[Any, ...]]:
    """The query of the ledger's rows: lead_id, address, language, reason.

    ``reason`` is '' for whoever will be mailed; ``address`` is normalised, and
    empty without a valid one. For use inside ``INSERT ... SELECT``.
    """
    rows = _leads_with_reason(
        tree,
        user=user,
        topic_id=topic_id,
        frequency_cap_days=frequency_cap_days,
        now=now,
    ).values(
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


def people(
    tree: AnyTree,
    *,
    reason: str | None,
    user: User | None,
    topic_id: int | None,
    frequency_cap_days: int,
    now: datetime,
) -> QuerySet[Lead]:
    """The leads behind one figure: None is all matched, '' who will be mailed.

    As many as the figure says. Unordered.
    """
    if reason is None:
        return audience(tree, user=user, now=now)
    rows = _leads_with_reason(
        tree,
        user=user,
        topic_id=topic_id,
        frequency_cap_days=frequency_cap_days,
        now=now,
    )
    same = rows.filter(Exact(F("reason"), reason))
    return Lead.objects.filter(pk__in=same.values("pk"))


def _leads_with_reason(
    tree: AnyTree,
    *,
    user: User | None,
    topic_id: int | None,
    frequency_cap_days: int,
    now: datetime,
) -> QuerySet[Lead]:
    """Every matched lead with ``reason``: why it is left out, '' if it is not."""
    # The first lead of an address is decided before anything is known against
    # the address, so that the reasons of a duplicate never depend on its twin's.
    position = Window(RowNumber(), partition_by=_by_address(), order_by="pk")
    cases = [
        When(email="", then=Value("no_address")),
        When(email_normalized="", then=Value("invalid_address")),
        When(position__gt=1, then=Value("duplicate")),
        When(blacklisted=True, then=Value("blacklisted")),
    ]
    if topic_id is not None:
        in_force = Q(until__isnull=True) | Q(until__gt=now)
        refused = OptOut.objects.filter(in_force, topic_id=topic_id)
        addresses = refused.values("address")
        cases.append(When(email_normalized__in=addresses, then=Value("opted_out")))
    if frequency_cap_days > 0:
        since = now - timedelta(days=frequency_cap_days)
        cases.append(When(last_mailed_at__gte=since, then=Value("recently_mailed")))
    reason = Case(*cases, default=Value(WILL_BE_MAILED), output_field=CharField())
    return (
        audience(tree, user=user, now=now)
        .annotate(position=position)
        .annotate(reason=reason)
    )


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
