"""How many mails may go now, and when the next may: buckets of tokens.

A limit has an hour's share and a day's. The hour's is a bucket that fills
evenly; the day's a count that begins anew at midnight. Several limits hold at
once for a mail (its sender's, its receiving group's, its mailing's): the
narrowest counts.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A bucket holds this much of its hour, so that neither a pause nor a restart is
# made up for by a burst, and a worker that looks twice a second loses nothing.
BUCKET_SECONDS = 10
# Workers come by every two or three seconds: of tokens that come within a minute
# one too late would lose more than a twentieth.
SECOND_TOKEN_FROM = 60
# The plan of a new sender, our own choice: about what the large mailbox
# providers advise ("begin small, double what goes well, to your most engaged
# people"; Google's and Yahoo's sender guidelines name no figures).
WARMUP_FIRST_DAY = 50
WARMUP_DAYS = 14
# What of a day's plan may go to one large receiving group: half of a list is
# often at one of them, and its trust is won apart.
WARMUP_GROUP_SHARE = 0.5
_A_YEAR_OF_DAYS = 366


class Bound(enum.StrEnum):
    """Which part of a limit holds mails back."""

    HOUR = "hour"
    DAY = "day"
    WARMUP = "warmup"


def warmup_day(first_day: date, day: date) -> int | None:
    """The number of ``day`` in the plan, from 1; None once the plan is over.

    Days before the first count as the first: nothing is known of the sender.
    """
    number = max((day - first_day).days, 0) + 1
    return number if number <= WARMUP_DAYS else None


def warmup_cap(first_day: date, day: date, *, share: float = 1.0) -> int | None:
    """Mails that may go on a day of the plan: 50, 100, 200 … ; None: any number."""
    number = warmup_day(first_day, day)
    if number is None:
        return None
    return math.ceil(WARMUP_FIRST_DAY * 2.0 ** (number - 1) * share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Mails at most an hour and a day; None: no limit of that kind.

    With ``warmup_on`` its plan holds too, or ``warmup_share`` of it.
    """

    per_hour: int | None = None
    per_day: int | None = None
    warmup_on: date | None = None
    warmup_share: float = 1.0

    def warmup(self, day: date) -> int | None:
        if self.warmup_on is None:
            return None
        return warmup_cap(self.warmup_on, day, share=self.warmup_share)

    def day_cap(self, day: date) -> int | None:
        """The narrower of the day's limit and the day's plan."""
        caps = [cap for cap in (self.per_day, self.warmup(day)) if cap is not None]
        return min(caps, default=None)

    def holds_on(self, day: date) -> bool:
        """Whether it limits anything on this day."""
        return self.per_hour is not None or self.day_cap(day) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a limit's bucket holds at a moment, and how many its day has seen.

    One token, one mail.
    """

    tokens: float
    refilled_at: datetime
    day_on: date | None = None
    used_on_day: int = 0


def refilled(level: Level, limit: Limit, *, now: datetime, today: date) -> Level:
    """The bucket as it is now. A clock set back gives no token and no new day."""
    is_same_day = level.day_on is not None and today <= level.day_on
    tokens = level.tokens
    if limit.per_hour is not None:
        passed = max((now - level.refilled_at).total_seconds(), 0.0)
        tokens = min(tokens + passed * limit.per_hour / 3600, _most(limit.per_hour))
    return Level(
        tokens=tokens,
        refilled_at=max(now, level.refilled_at),
        day_on=level.day_on if is_same_day else today,
        used_on_day=level.used_on_day if is_same_day else 0,
    )


def _most(per_hour: int) -> float:
    """A token at least, and two where they come so fast that one would be missed."""
    least = 2.0 if per_hour >= SECOND_TOKEN_FROM else 1.0
    return max(per_hour * BUCKET_SECONDS / 3600, least)


def grantable(level: Level, limit: Limit, wanted: int) -> int:
    """How many of ``wanted`` mails may go, of a bucket that was just refilled."""
    granted = wanted
    if limit.per_hour is not None:
        granted = min(granted, int(level.tokens))
    cap = limit.day_cap(_day_of(level))
    if cap is not None:
        granted = min(granted, cap - level.used_on_day)
    return max(granted, 0)


def spent(level: Level, limit: Limit, count: int) -> Level:
    """The bucket after ``count`` mails went; a negative count gives them back."""
    tokens = level.tokens - (count if limit.per_hour is not None else 0)
    used = max(level.used_on_day + count, 0)
    return replace(level, tokens=tokens, used_on_day=used)


def bound_of(level: Level, limit: Limit) -> Bound | None:
    """Which part of the limit lets no mail go now; None if one may."""
    day = _day_of(level)
    cap = limit.day_cap(day)
    if cap is not None and level.used_on_day >= cap:
        return Bound.WARMUP if cap == limit.warmup(day) else Bound.DAY
    if limit.per_hour is not None and level.tokens < 1:
        return Bound.HOUR
    return None


def next_moment(
    level: Level, limit: Limit, *, now: datetime, zone: ZoneInfo
) -> datetime:
    """When a mail may go again; ``now`` if one may."""
    bound = bound_of(level, limit)
    if bound is None:
        return now
    if bound is Bound.HOUR and limit.per_hour is not None:
        return now + timedelta(hours=(1 - level.tokens) / limit.per_hour)
    return midnight_after(_day_of(level), zone)


def done_moment(
    level: Level, limit: Limit, count: int, *, now: datetime, zone: ZoneInfo
) -> datetime | None:
    """About when ``count`` mails will have gone under this limit alone.

    None if that is more than a year away.
    """
    day, at, left = _day_of(level), now, float(count)
    cap = limit.day_cap(day)
    room = math.inf if cap is None else max(cap - level.used_on_day, 0)
    for _ in range(_A_YEAR_OF_DAYS):
        end = midnight_after(day, zone)
        per_second = math.inf if limit.per_hour is None else limit.per_hour / 3600
        possible = min(room, (end - at).total_seconds() * per_second)
        if left <= possible:
            return at + timedelta(seconds=left / per_second)
        left, at, day = left - possible, end, day + timedelta(days=1)
        cap = limit.day_cap(day)
        room = math.inf if cap is None else cap
    return None


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which the day after ``day`` begins."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def _day_of(level: Level) -> date:
    return level.day_on or level.refilled_at.date()
