"""Periods of both calendars."""

from __future__ import annotations

from datetime import date

import pytest

from winback.core.calendars import PERIODS, months_before, period_days

MONDAY = date(2026, 5, 4)  # 14 Ordibehesht 1405


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("today", date(2026, 5, 4), date(2026, 5, 5)),
        ("yesterday", date(2026, 5, 3), date(2026, 5, 4)),
        ("this_week", date(2026, 5, 4), date(2026, 5, 11)),
        ("last_week", date(2026, 4, 27), date(2026, 5, 4)),
        ("this_month", date(2026, 5, 1), date(2026, 6, 1)),
        ("last_month", date(2026, 4, 1), date(2026, 5, 1)),
        ("this_quarter", date(2026, 4, 1), date(2026, 7, 1)),
        ("last_quarter", date(2026, 1, 1), date(2026, 4, 1)),
        ("this_year", date(2026, 1, 1), date(2027, 1, 1)),
        ("last_year", date(2025, 1, 1), date(2026, 1, 1)),
        ("this_jalali_week", date(2026, 5, 2), date(2026, 5, 9)),
        ("last_jalali_week", date(2026, 4, 25), date(2026, 5, 2)),
        ("this_jalali_month", date(2026, 4, 21), date(2026, 5, 22)),
        ("last_jalali_month", date(2026, 3, 21), date(2026, 4, 21)),
        ("this_jalali_quarter", date(2026, 3, 21), date(2026, 6, 22)),
        ("last_jalali_quarter", date(2025, 12, 22), date(2026, 3, 21)),
        ("this_jalali_year", date(2026, 3, 21), date(2027, 3, 21)),
        # 1403 was a leap year: it began on 20 March 2024 and had 366 days.
        ("last_jalali_year", date(2025, 3, 21), date(2026, 3, 21)),
    ],
)
def test_period_days_on_a_monday_in_may(name, first, after):
    assert period_days(name, today=MONDAY) == (first, after)


def test_period_of_a_jalali_leap_year_has_366_days():
    first, after = period_days("this_jalali_year", today=date(2024, 6, 1))

    assert (first, (after - first).days) == (date(2024, 3, 20), 366)


@pytest.mark.parametrize("name", PERIODS)
def test_every_period_begins_before_it_ends(name):
    first, after = period_days(name, today=date(2024, 2, 29))

    assert first < after


def test_january_and_farvardin_look_back_into_the_year_before():
    assert period_days("last_quarter", today=date(2026, 1, 1)) == (
        date(2025, 10, 1),
        date(2026, 1, 1),
    )
    assert period_days("last_jalali_month", today=date(2026, 3, 21)) == (
        date(2026, 2, 20),
        date(2026, 3, 21),
    )


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 12, date(2025, 12, 31)),
    ],
)
def test_months_before_keeps_the_day_or_takes_the_last(day, months, expected):
    assert months_before(day, months) == expected
