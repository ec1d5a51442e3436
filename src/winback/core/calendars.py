"""Calendar periods as ranges of days, in the Gregorian and the Jalali calendar."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, timedelta

import jdatetime


class Calendar(enum.StrEnum):
    GREGORIAN = "gregorian"
    JALALI = "jalali"


class PeriodUnit(enum.StrEnum):
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


# A half-open range of days: the second one no longer belongs to it.
Days = tuple[date, date]
_MONTHS = {PeriodUnit.MONTH: 1, PeriodUnit.QUARTER: 3, PeriodUnit.YEAR: 12}
# The first day of the week, as date.weekday() counts: Monday by ISO 8601,
# Saturday in Iran.
_WEEK_START = {Calendar.GREGORIAN: 0, Calendar.JALALI: 5}


def _period_names() -> dict[str, tuple[Calendar, PeriodUnit, int]]:
    names = {}
    for calendar, infix in ((Calendar.GREGORIAN, ""), (Calendar.JALALI, "jalali_")):
        for unit in PeriodUnit:
            names[f"this_{infix}{unit}"] = (calendar, unit, 0)
            names[f"last_{infix}{unit}"] = (calendar, unit, -1)
    return names


_CALENDAR_PERIODS = _period_names()
# Every name that ``period_days`` knows, in the order in which they are offered.
PERIODS: tuple[str, ...] = ("today", "yesterday", *_CALENDAR_PERIODS)


def period_days(name: str, *, today: date) -> Days:
    """The days of a named period as seen on ``today``, the last one excluded.

    A period that is under way is meant as a whole: *this month* reaches to its
    end. Raises KeyError for a name outside ``PERIODS``.
    """
    if name == "today":
        return today, today + timedelta(days=1)
    if name == "yesterday":
        return today - timedelta(days=1), today
    calendar, unit, offset = _CALENDAR_PERIODS[name]
    if unit == PeriodUnit.WEEK:
        since_start = (today.weekday() - _WEEK_START[calendar]) % 7
        start = today - timedelta(days=since_start) + timedelta(weeks=offset)
        return start, start + timedelta(weeks=1)
    return _month_period(calendar, today, months=_MONTHS[unit], offset=offset)


def months_before(day: date, months: int) -> date:
    """The same day of the month ``months`` earlier, or that month's last day."""
    first = _gregorian_first(day.year * 12 + day.month - 1 - months)
    after = _gregorian_first(first.year * 12 + first.month)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


def _month_period(calendar: Calendar, today: date, *, months: int, offset: int) -> Days:
    """The run of ``months`` months that holds ``today``, shifted by whole runs."""
    year, month = _year_and_month(calendar, today)
    first_of = _FIRST_OF[calendar]
    count = year * 12 + month - 1
    start = (count // months + offset) * months
    return first_of(start), first_of(start + months)


def _year_and_month(calendar: Calendar, day: date) -> tuple[int, int]:
    if calendar == Calendar.GREGORIAN:
        return day.year, day.month
    jalali = jdatetime.date.fromgregorian(date=day)
    return jalali.year, jalali.month


def _gregorian_first(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _jalali_first(months: int) -> date:
    first: date = jdatetime.date(months // 12, months % 12 + 1, 1).togregorian()
    return first


_FIRST_OF: dict[Calendar, Callable[[int], date]] = {
    Calendar.GREGORIAN: _gregorian_first,
    Calendar.JALALI: _jalali_first,
}
