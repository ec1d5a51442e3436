"""Decisions about mailings: values in, values out."""

from __future__ import annotations

import math
import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from winback.content.liquid.lines import Words, line_parts

UNDO_SECONDS = 30
# From which state a mailing may be taken to which, by a person or by the engine.
MOVES: dict[str, frozenset[str]] = {
    "draft": frozenset({"scheduled"}),
    "scheduled": frozenset({"draft", "sending", "cancelled"}),
    "sending": frozenset({"paused", "sent", "cancelled", "stopped"}),
    "paused": frozenset({"sending", "cancelled"}),
    "stopped": frozenset({"sending", "cancelled"}),
    "sent": frozenset(),
    "cancelled": frozenset(),
}
MORNING = time(9, 0)
# A subject longer than this is cut off by most phones; our own choice.
GOOD_SUBJECT_LENGTH = (20, 60)
GOOD_PREHEADER_LENGTH = (30, 100)
# A page that shows figures which move: counting 1,000,000 rows takes 0.3 to 0.5 s
# (docs/performance.md), so that one viewer costs at most a twentieth of a core.
ROWS_A_SECOND_OF_WAITING = 100_000
LONGEST_WAIT = 60
_NOT_IN_TRACKING_NAMES = re.compile(r"[^\w.-]+")


def may_move(state: str, target: str) -> bool:
    """Whether a mailing in ``state`` may be taken to ``target``."""
    return target in MOVES[state]


def seconds_between_figures(rows: int, *, at_least: int) -> int:
    """How many seconds a page waits before it has ``rows`` rows counted again.

    ``at_least`` for a small mailing; the wait grows with the ledger, to a minute.
    """
    grown = math.ceil(rows / ROWS_A_SECOND_OF_WAITING)
    return min(max(at_least, grown), LONGEST_WAIT)


def is_past(at: datetime, *, now: datetime) -> bool:
    """Whether ``at`` is over; a minute's grace is given to slow hands."""
    return at < now - timedelta(minutes=1)


def moment_in_zone(day_and_time: datetime, zone_name: str) -> datetime:
    """The instant that a clock in the named zone shows as ``day_and_time``.

    A time that a change of clocks skips is taken as the hour after, one that
    it repeats as the first.
    """
    return day_and_time.replace(tzinfo=ZoneInfo(zone_name), fold=0)


def morning_at_or_after(start: datetime, zone_name: str) -> datetime:
    """The first nine o'clock in the named zone that is not before ``start``."""
    zone = ZoneInfo(zone_name)
    local = start.astimezone(zone)
    morning = datetime.combine(local.date(), MORNING, tzinfo=zone)
    if morning < start:
        following = local.date() + timedelta(days=1)
        morning = datetime.combine(following, MORNING, tzinfo=zone)
    return morning


def is_in_window(at: time, *, start: time | None, end: time | None) -> bool:
    """Whether mails may leave at a clock time; a window may go over midnight."""
    if start is None or end is None or start == end:
        return True
    if start < end:
        return start <= at < end
    return at >= start or at < end


def next_open_moment(
    at: datetime, *, start: time | None, end: time | None, zone_name: str
) -> datetime:
    """``at`` if the sending window is open then, else when it opens next."""
    zone = ZoneInfo(zone_name)
    local = at.astimezone(zone)
    if start is None or is_in_window(local.time(), start=start, end=end):
        return at
    opening = datetime.combine(local.date(), start, tzinfo=zone)
    if opening < local:
        opening = datetime.combine(local.date() + timedelta(days=1), start, tzinfo=zone)
    return opening


def length_verdict(length: int, *, good: tuple[int, int]) -> str:
    """``empty``, ``short``, ``good`` or ``long``, for the meter beside a field."""
    if length == 0:
        return "empty"
    if length < good[0]:
        return "short"
    return "good" if length <= good[1] else "long"


def plain_name(subject: str) -> str:
    """A subject without its Liquid, as a mailing is called.

    Where each person's own words come stand those of people without any, or dots.
    """
    text = "".join(
        part.text if isinstance(part, Words) else part.fallback or "…"
        for part in line_parts(subject)
    )
    return " ".join(text.split())[:300]


def tracking_name(name: str) -> str:
    """A campaign's name as it stands in ``utm_campaign``."""
    return _NOT_IN_TRACKING_NAMES.sub("-", name.casefold()).strip("-")[:100]
