"""Whose turn it is: which mailings can send now, and who has waited longest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from winback.delivery.engine.lease import HEARTBEAT_SECONDS
from winback.delivery.lanes import due_rows, waiting_lanes
from winback.delivery.models import DeliveryRun, MailingWatch, ServerHold
from winback.delivery.quotas import (
    Moment,
    Quota,
    Scope,
    lane_limits,
    levels_of,
    quotas_for,
)
from winback.delivery.rules.limits import Limit, grantable
from winback.delivery.senders import NoSenderError, Sender, sender_for
from winback.delivery.smtp.servers import ServerUrlError
from winback.mailings.models import Mailing, MailingState
from winback.mailings.queries import due_mailings
from winback.mailings.rules import is_in_window

# Another worker joins for every so many rows that may go.
ROWS_FOR_ANOTHER_RUN = 2000
MOST_RUNS = 8
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A mailing that can send now: with ``live`` runs, ``more`` would help."""

    mailing_id: int
    live: int
    more: int
    served_at: datetime


def turns(*, now: datetime) -> list[Turn]:
    """Mailings that can send now and are short of runs: those with the fewest first,
    among them those that were served longest ago.

    A mailing whose window is closed, whose sender rests or whose limits are used
    up is not among them. Some three queries for each mailing that is sending.
    """
    found = [turn for turn in _all_turns(now=now) if turn.more > 0]
    return sorted(found, key=lambda turn: (turn.live, turn.served_at, turn.mailing_id))


def runs_wanted(*, now: datetime) -> dict[int, int]:
    """For each mailing that can send now: how many more runs would help."""
    return {turn.mailing_id: turn.more for turn in turns(now=now)}


def next_turn(*, now: datetime) -> int | None:
    """The mailing whose turn it is, or None if nobody can send or needs another run."""
    return next((turn.mailing_id for turn in turns(now=now)), None)


def others_wait(mailing_id: int, *, now: datetime) -> bool:
    """Whether another mailing could start or send and nobody works on it."""
    if due_mailings(now).exists():
        return True
    return any(
        turn.live == 0 and turn.mailing_id != mailing_id for turn in turns(now=now)
    )


def is_open(mailing: Mailing, *, now: datetime, home: ZoneInfo) -> bool:
    """Whether its sending window is open, in the zone it was scheduled in."""
    named = mailing.schedule_time_zone
    local = now.astimezone(ZoneInfo(named) if named else home).time()
    return is_in_window(local, start=mailing.window_start, end=mailing.window_end)


def tests_the_water(mailing: Mailing, watch: MailingWatch | None) -> bool:
    """Whether only the canary may go so far."""
    return mailing.canary and (watch is None or watch.canary_passed_at is None)


def _all_turns(*, now: datetime) -> Iterator[Turn]:
    sending = Mailing.objects.filter(state=MailingState.SENDING)
    mailings = list(sending.select_related("watch").order_by("started_at"))
    if not mailings:
        return
    at, limits = Moment.of(now), lane_limits()
    resting = set(
        ServerHold.objects.filter(until__gt=now).values_list("key", flat=True)
    )
    # One that has missed heartbeats may be on a host that is gone. If it is not,
    # one run more than needed is no harm: limits and claims are in the database.
    heard_since = now - timedelta(seconds=3 * HEARTBEAT_SECONDS)
    running = DeliveryRun.objects.filter(
        finished_at__isnull=True, heartbeat_at__gt=heard_since
    )
    live = Counter(running.values_list("mailing_id", flat=True))
    for mailing in mailings:
        sender = _sender(mailing)
        if sender is None or sender.key in resting:
            continue
        if not is_open(mailing, now=now, home=at.zone):
            continue
        watch = getattr(mailing, "watch", None)
        helping = _runs_that_help(mailing, watch, sender, limits, at=at)
        yield Turn(
            mailing_id=mailing.pk,
            live=live[mailing.pk],
            more=helping - live[mailing.pk],
            served_at=(watch and watch.served_at) or _NEVER,
        )


def _sender(mailing: Mailing) -> Sender | None:
    try:
        return sender_for(mailing.from_address)
    except (NoSenderError, ServerUrlError):
        return None


def _runs_that_help(
    mailing: Mailing,
    watch: MailingWatch | None,
    sender: Sender,
    limits: dict[str, Limit],
    *,
    at: Moment,
) -> int:
    waiting = waiting_lanes(mailing.pk, canary_only=tests_the_water(mailing, watch))
    quotas = {
        one.lane: quotas_for(
            one.lane,
            sender=sender,
            mailing_id=mailing.pk,
            mails_per_hour=mailing.mails_per_hour,
            lanes=limits,
            today=at.today,
        )
        for one in waiting
        if one.first_due_at <= at.now
    }
    several = connection.features.has_select_for_update_skip_locked
    most = (MOST_RUNS if several else 1) * ROWS_FOR_ANOTHER_RUN
    granted = _grantable(quotas, most, at=at)
    lanes = [lane for lane, count in granted.items() if count]
    if not lanes:
        return 0
    due = due_rows(mailing.pk, lanes, now=at.now)[:most].count()
    may_go = min(due, sum(granted.values()))
    return math.ceil(may_go / ROWS_FOR_ANOTHER_RUN)


def _grantable(
    quotas: dict[str, list[Quota]], wanted: int, *, at: Moment
) -> dict[str, int]:
    """For each lane, how many of ``wanted`` mails its limits let go now."""
    holding = {
        quota.key: quota
        for of_lane in quotas.values()
        for quota in of_lane
        if quota.limit.holds_on(at.today)
    }
    levels = levels_of(list(holding.values()), at=at) if holding else {}
    left = {
        key: grantable(levels[key], quota.limit, wanted)
        for key, quota in holding.items()
    }
    granted = {}
    for lane, of_lane in quotas.items():
        count = min((left[q.key] for q in of_lane if q.key in left), default=wanted)
        granted[lane] = count
        for quota in of_lane:
            if quota.key in left and quota.scope in {Scope.SENDER, Scope.MAILING}:
                left[quota.key] -= count  # what one lane takes, no other can
    return granted
