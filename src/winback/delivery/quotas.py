"""Limits in the database: shared by all workers, kept over restarts.

A claim asks ``grant`` first, takes at most that many rows, and ``spend``s what
it took, all in one transaction. Keys are locked in the order of their names.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Case, F, Q, Value, When

from winback.core.models import Installation
from winback.delivery.models import Lane, TokenBucket
from winback.delivery.rules.lanes import group_of
from winback.delivery.rules.limits import (
    WARMUP_GROUP_SHARE,
    Level,
    Limit,
    grantable,
    refilled,
    spent,
)
from winback.delivery.senders import Sender


class Scope(enum.StrEnum):
    """Whose limit it is."""

    SENDER = "sender"
    LANE = "lane"
    SENDER_LANE = "sender_lane"  # a group's share of the sender's warm-up
    MAILING = "mailing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One limit that holds for a mail, under the key that its bucket has."""

    scope: Scope
    key: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, and the day that it belongs to here."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, now: datetime) -> Moment:
        """In the installation's time zone, where days begin and end. One query."""
        return cls(now, Installation.current().zone)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Grant:
    """How many mails may go, and what the asked buckets hold before they do."""

    count: int
    levels: Mapping[str, Level]


def lane_limits() -> dict[str, Limit]:
    """The limits that people set, by lane. One query."""
    rows = Lane.objects.filter(Q(per_hour__isnull=False) | Q(per_day__isnull=False))
    return {
        key: Limit(per_hour=per_hour, per_day=per_day)
        for key, per_hour, per_day in rows.values_list("key", "per_hour", "per_day")
    }


def quotas_for(
    lane: str,
    *,
    sender: Sender,
    mailing_id: int,
    mails_per_hour: int | None,
    lanes: Mapping[str, Limit],
    today: date,
) -> list[Quota]:
    """Every limit a mail of this lane falls under, those without a bound included.

    Unlimited ones are counted all the same: the day's use is shown, and a limit
    set at noon knows what went in the morning.
    """
    group = group_of(lane)
    own = sender_key(sender.key)
    quotas = [Quota(scope=Scope.SENDER, key=own, limit=sender.limit)]
    if group:
        limit = lanes.get(group, Limit())
        quotas.append(Quota(scope=Scope.LANE, key=lane_key(group), limit=limit))
    if group and sender.warmup_day(today) is not None:
        first_day = sender.options.warmup_on
        share = Limit(warmup_on=first_day, warmup_share=WARMUP_GROUP_SHARE)
        key = sender_lane_key(sender.key, group)
        quotas.append(Quota(scope=Scope.SENDER_LANE, key=key, limit=share))
    if mails_per_hour:
        limit = Limit(per_hour=mails_per_hour)
        key = mailing_key(mailing_id)
        quotas.append(Quota(scope=Scope.MAILING, key=key, limit=limit))
    return quotas


def sender_key(sender: str) -> str:
    return f"sender:{sender}"


def lane_key(group: str) -> str:
    return f"lane:{group}"


def sender_lane_key(sender: str, group: str) -> str:
    return f"sender:{sender}:lane:{group}"[:300]


def mailing_key(mailing_id: int) -> str:
    return f"mailing:{mailing_id}"


def grant(quotas: Sequence[Quota], wanted: int, *, at: Moment) -> Grant:
    """How many of ``wanted`` mails may go now. Takes nothing yet.

    Locks the buckets that limit until the transaction ends, so that nobody else
    is granted the same tokens. One query, two the first time.
    """
    holding = [quota for quota in quotas if quota.limit.holds_on(at.today)]
    if not holding:
        return Grant(wanted, {})
    levels = _locked_levels(holding, at=at)
    count = min(grantable(levels[q.key], q.limit, wanted) for q in holding)
    return Grant(count, levels)


def spend(quotas: Sequence[Quota], granted: Grant, count: int, *, at: Moment) -> None:
    """Note that ``count`` mails went, at most what was granted. One statement."""
    if count <= 0 or not quotas:
        return
    rows: list[Any] = []
    for quota in sorted(quotas, key=lambda quota: quota.key):
        level = granted.levels.get(quota.key)
        tokens = 1.0 if level is None else spent(level, quota.limit, count).tokens
        rows += [quota.key, tokens, _datetime(at.now), _date(at.today), count]
    with connection.cursor() as cursor:
        cursor.execute(_SPEND.format(rows=", ".join([_ROW] * len(quotas))), rows)


def give_back(quotas: Sequence[Quota], count: int, *, at: Moment) -> None:
    """Take back that ``count`` mails went: they did not after all. One statement."""
    if count <= 0 or not quotas:
        return
    used = F("used_on_day")
    rows = TokenBucket.objects.filter(
        key__in=[quota.key for quota in quotas], day_on=at.today
    )
    rows.update(
        tokens=F("tokens") + count,
        used_on_day=Case(
            When(used_on_day__gte=count, then=used - count), default=Value(0)
        ),
    )


def levels_of(quotas: Sequence[Quota], *, at: Moment) -> dict[str, Level]:
    """What the buckets hold now, by key; those never used begin. Locks nothing."""
    rows = TokenBucket.objects.filter(key__in={quota.key for quota in quotas})
    found = {row.key: _level(row) for row in rows}
    return {
        quota.key: refilled(
            found.get(quota.key) or _beginning(at),
            quota.limit,
            now=at.now,
            today=at.today,
        )
        for quota in quotas
    }


_ROW = "(%s, %s, %s, %s, %s)"
_SPEND = f"""
INSERT INTO {TokenBucket._meta.db_table} AS bucket
  (key, tokens, refilled_at, day_on, used_on_day)
VALUES {{rows}}
ON CONFLICT (key) DO UPDATE SET
  tokens = excluded.tokens,
  refilled_at = excluded.refilled_at,
  used_on_day = excluded.used_on_day
    + CASE WHEN bucket.day_on >= excluded.day_on THEN bucket.used_on_day ELSE 0 END,
  day_on = CASE WHEN bucket.day_on > excluded.day_on
    THEN bucket.day_on ELSE excluded.day_on END
"""  # noqa: S608 - a table of our own


def _locked_levels(quotas: list[Quota], *, at: Moment) -> dict[str, Level]:
    keys = sorted({quota.key for quota in quotas})
    rows = TokenBucket.objects.filter(key__in=keys).order_by("key")
    found = {row.key: _level(row) for row in rows.select_for_update()}
    absent = [key for key in keys if key not in found]
    if absent:
        # Made first, so that of two who are the first each sees the other's taking.
        TokenBucket.objects.bulk_create(
            [TokenBucket(key=k, tokens=1.0, refilled_at=at.now) for k in absent],
            ignore_conflicts=True,
        )
        found = {row.key: _level(row) for row in rows.all().select_for_update()}
    return {
        quota.key: refilled(found[quota.key], quota.limit, now=at.now, today=at.today)
        for quota in quotas
    }


def _beginning(at: Moment) -> Level:
    return Level(tokens=1.0, refilled_at=at.now)


def _level(row: TokenBucket) -> Level:
    return Level(
        tokens=row.tokens,
        refilled_at=row.refilled_at,
        day_on=row.day_on,
        used_on_day=row.used_on_day,
    )


def _datetime(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def _date(day: date) -> Any:
    return connection.ops.adapt_datefield_value(day)
