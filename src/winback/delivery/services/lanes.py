"""Which lane mails queue in: what people set, and what the DNS tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.core.addresses import parse_address
from winback.core.audit import record
from winback.delivery.exchanges import Ask, ask_all, ask_exchanges
from winback.delivery.models import DomainLane, DomainSource, Lane
from winback.delivery.rules.lanes import (
    ASK_AGAIN_AFTER_DAYS,
    CANARY,
    lane_of_servers,
)
from winback.delivery.services.ledger import domain_sql
from winback.mailings.models import Fate, Mailing, MailingState, Recipient
from winback.mailings.queries import reach_of
from winback.segments.rules import RuleTreeError
from winback.segments.waterfall import planned_rows_sql

LONGEST_KEY = 64
_SEPARATOR = re.compile(r"[\s,;<>@]")
# Of a mailing's domains so many are asked about at a time, the largest first.
DOMAINS_A_ROUND = 2000
_NOT_STARTED = {MailingState.DRAFT, MailingState.SCHEDULED}
# Only in these can rows be ready.
_UNFINISHED = [
    MailingState.SCHEDULED,
    MailingState.SENDING,
    MailingState.PAUSED,
    MailingState.STOPPED,
]


class LaneError(Exception):
    """The lane cannot be made or changed; the message says why, to people."""


@dataclass(frozen=True, slots=True)
class LaneLimits:
    per_hour: int | None
    per_day: int | None


@transaction.atomic
def set_lane_limits(
    limits: Mapping[str, LaneLimits], *, by: User, now: datetime
) -> int:
    """Let the lanes of these keys take so many mails from now on; how many changed."""
    changed = 0
    for lane in Lane.objects.filter(key__in=limits).select_for_update():
        wanted = limits[lane.key]
        if (lane.per_hour, lane.per_day) == (wanted.per_hour, wanted.per_day):
            continue
        lane.per_hour, lane.per_day = wanted.per_hour, wanted.per_day
        lane.save(update_fields=["per_hour", "per_day"])
        changed += 1
        record(
            "delivery.set_lane_limits",
            actor=by,
            subject="lane",
            subject_id=lane.pk,
            at=now,
            lane=lane.key,
            per_hour=lane.per_hour,
            per_day=lane.per_day,
        )
    return changed


@transaction.atomic
def add_lane(domain: str, *, by: User, now: datetime) -> Lane:
    """Give one domain a lane of its own; its mails that wait go there too.

    Raises LaneError if it is no domain, has such a lane already, or belongs to
    one of the large groups, which is limited as one.
    """
    name = _normalized(domain)
    shipped = DomainLane.objects.filter(domain=name, source=DomainSource.KNOWN)
    if group := shipped.select_related("lane").first():
        raise LaneError(
            _("%(domain)s belongs to %(group)s, which is in the table.")
            % {"domain": name, "group": group.lane}
        )
    if Lane.objects.filter(key=name).exists():
        raise LaneError(_("%(domain)s is already in the table.") % {"domain": name})
    lane = Lane.objects.create(key=name, name=name, is_own=True)
    DomainLane.objects.update_or_create(
        domain=name, defaults={"lane": lane, "source": DomainSource.PERSON}
    )
    _move(name, to=lane.key)
    record(
        "delivery.add_lane",
        actor=by,
        subject="lane",
        subject_id=lane.pk,
        at=now,
        domain=name,
    )
    return lane


@transaction.atomic
def remove_lane(lane: Lane, *, by: User, now: datetime) -> None:
    """Let the mails of a lane that somebody added queue with everybody's again.

    Raises LaneError for the lanes of the large groups: set no limit instead.
    """
    if not lane.is_own:
        raise LaneError(_("This group stays; empty its limits instead."))
    _move(lane.key, to="")
    record(
        "delivery.remove_lane",
        actor=by,
        subject="lane",
        subject_id=lane.pk,
        at=now,
        domain=lane.key,
    )
    lane.delete()


def learn_domains(mailing: Mailing, *, now: datetime, ask: Ask = ask_exchanges) -> int:
    """Ask the DNS who receives for the mailing's domains; how many were asked.

    Largest domains first, at most DOMAINS_A_ROUND; each is remembered with its
    date. Rows that wait get the lanes that were found. 0 when all are known.
    """
    domains = _unknown_domains(mailing, now=now)
    found = [
        DomainLane(
            domain=domain,
            lane_id=lane_of_servers(exchanges) or None,
            source=DomainSource.MX,
            asked_at=now,
        )
        for domain, exchanges in ask_all(domains, ask=ask)
    ]
    DomainLane.objects.bulk_create(
        found,
        update_conflicts=True,
        unique_fields=["domain"],
        update_fields=["lane", "source", "asked_at"],
        batch_size=500,
    )
    if any(row.lane_id for row in found):
        _move_found()
    return len(found)


def _normalized(domain: str) -> str:
    typed = domain.strip().removeprefix("@")
    parsed = parse_address(f"postmaster@{typed}")
    name = parsed.normalized.rpartition("@")[2]
    if parsed.status != "ok" or _SEPARATOR.search(typed) or len(name) > LONGEST_KEY:
        raise LaneError(_("Enter one domain, like example.com."))
    return name


def _waiting_rows() -> list[int]:
    return list(
        Mailing.objects.filter(state__in=_UNFINISHED).values_list("pk", flat=True)
    )


def _move(domain: str, *, to: str) -> None:
    rows = Recipient.objects.filter(
        mailing_id__in=_waiting_rows(),
        fate=Fate.READY,
        address__endswith=f"@{domain}",
    )
    canary = When(lane__startswith=CANARY, then=Value(CANARY + to))
    rows.update(lane=Case(canary, default=Value(to)))


def _move_found() -> None:
    """Rows in no lane go to the one their domain is known to have. One statement."""
    mailings = _waiting_rows()
    if not mailings:
        return
    rows, known = Recipient._meta.db_table, DomainLane._meta.db_table
    places = ", ".join(["%s"] * len(mailings))
    domain = domain_sql("address")
    sql = (
        f"UPDATE {rows} SET lane = lane || (SELECT known.lane FROM {known} known"  # noqa: S608
        f" WHERE known.domain = {domain})"
        f" WHERE mailing_id IN ({places}) AND fate = %s AND lane IN ('', %s)"
        f" AND {domain} IN (SELECT domain FROM {known} WHERE lane IS NOT NULL)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*mailings, Fate.READY.value, CANARY])


def _unknown_domains(mailing: Mailing, *, now: datetime) -> list[str]:
    """Domains of the mailing that nobody knows about yet, the largest first."""
    source, params = _addresses_sql(mailing, now=now)
    known = DomainLane._meta.db_table
    since = connection.ops.adapt_datetimefield_value(
        now - timedelta(days=ASK_AGAIN_AFTER_DAYS)
    )
    sql = (
        f"SELECT domain FROM (SELECT {domain_sql('address')} AS domain"  # noqa: S608
        f" FROM ({source}) AS people) AS domains WHERE domain NOT IN ("
        f"SELECT domain FROM {known} WHERE source <> %s OR asked_at > %s)"
        " GROUP BY domain ORDER BY count(*) DESC, domain LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, DomainSource.MX.value, since, DOMAINS_A_ROUND])
        return [row[0] for row in cursor.fetchall()]


def _addresses_sql(mailing: Mailing, *, now: datetime) -> tuple[str, list[Any]]:
    """The addresses a mailing goes to: planned, or those that still wait."""
    if mailing.state not in _NOT_STARTED:
        table = Recipient._meta.db_table
        sql = f"SELECT address FROM {table} WHERE mailing_id = %s AND fate = %s"  # noqa: S608
        return sql, [mailing.pk, Fate.READY.value]
    try:
        planned, params = planned_rows_sql(reach_of(mailing, now=now))
    except RuleTreeError:  # then it cannot start either
        return "SELECT '' AS address WHERE 1 = 0", []
    sql = f"SELECT address FROM ({planned}) AS planned_rows WHERE reason = ''"  # noqa: S608
    return sql, [*params]
