"""What date rules mean: a rule, the clock and a time zone in, two instants out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from winback.core.calendars import months_before, period_days
from winback.segments.rules.kinds import Op
from winback.segments.rules.tree import Rule, Span, Unit

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Range:
    """From ``start`` (included) to ``end`` (excluded), both in UTC; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime | None) -> bool:
        """Whether ``at`` lies in the range; never for an unset date."""
        if at is None:
            return False
        return (self.start is None or at >= self.start) and (
            self.end is None or at < self.end
        )


def moment_range(rule: Rule, *, now: datetime, zone: tzinfo) -> Range:
    """The instants that a positive date rule matches.

    Whole days are days of ``zone``, ends included; dates with a time are exact
    instants. Databases keep microseconds, so "up to and including" an instant is
    "before the next microsecond". ``not_in_last`` gets the range of ``in_last``:
    it is the complement, as of every negative operator.
    """
    match rule.op, rule.value:
        case ((Op.IN_LAST | Op.NOT_IN_LAST), Span() as span):
            return Range(_before(now, span, zone), now.astimezone(UTC) + _TICK)
        case Op.IN_PERIOD, str(name):
            first, after = period_days(name, today=now.astimezone(zone).date())
            return Range(_midnight(first, zone), _midnight(after, zone))
        case Op.BETWEEN, (date() as low, date() as high):
            return Range(_start(low, zone), _end(high, zone))
        case Op.GE, date() as value:
            return Range(start=_start(value, zone))
        case Op.GT, date() as value:
            return Range(start=_end(value, zone))
        case Op.LE, date() as value:
            return Range(end=_end(value, zone))
        case Op.LT, date() as value:
            return Range(end=_start(value, zone))
    raise ValueError(f"not a date rule: {rule}")


def _start(value: date, zone: tzinfo) -> datetime:
    """The first instant of a day; an instant itself."""
    return (
        _instant(value, zone) if isinstance(value, datetime) else _midnight(value, zone)
    )


def _end(value: date, zone: tzinfo) -> datetime:
    """The first instant after a day, or after an instant."""
    if isinstance(value, datetime):
        return _instant(value, zone) + _TICK
    return _midnight(value + timedelta(days=1), zone)


def _instant(value: datetime, zone: tzinfo) -> datetime:
    known = value if value.tzinfo else value.replace(tzinfo=zone)
    return known.astimezone(UTC)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _before(now: datetime, span: Span, zone: tzinfo) -> datetime:
    """``span`` before ``now``: exact hours, days and weeks; months by the calendar."""
    if span.unit in (Unit.MONTHS, Unit.YEARS):
        local = now.astimezone(zone)
        months = span.n * (12 if span.unit == Unit.YEARS else 1)
        day = months_before(local.date(), months)
        return datetime.combine(day, local.timetz()).astimezone(UTC)
    hours = {Unit.HOURS: 1, Unit.DAYS: 24, Unit.WEEKS: 24 * 7}[span.unit]
    return now.astimezone(UTC) - timedelta(hours=span.n * hours)
