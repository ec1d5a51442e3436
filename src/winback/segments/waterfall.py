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
    rows = _leads_with_reason(reach)
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

    As many as the figure says. Unordered.
    """
    if reason is None:
        return audience(reach.tree, user=reach.user, now=reach.now)
    rows = _leads_with_reason(reach)
    same = rows.filter(Exact(F("reason"), reason))
    return Lead.objects.filter(pk__in=same.values("pk"))


def _leads_with_reason(reach: Reach) -> QuerySet[Lead]:
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
    if reach.topic_id is not None:
        in_force = Q(until__isnull=True) | Q(until__gt=reach.now)
        refused = OptOut.objects.filter(in_force, topic_id=reach.topic_id)
        addresses = refused.values("address")
        cases.append(When(email_normalized__in=addresses, then=Value("opted_out")))
    if reach.frequency_cap_days > 0:
        since = reach.now - timedelta(days=reach.frequency_cap_days)
        cases.append(When(last_mailed_at__gte=since, then=Value("recently_mailed")))
    reason = Case(*cases, default=Value(WILL_BE_MAILED), output_field=CharField())
    return (
        audience(reach.tree, user=reach.user, now=reach.now)
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
