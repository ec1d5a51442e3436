"""What rules about dates mean, and how pages follow each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import NOW
from tests.segments.conftest import lead, rule

from winback.segments.queries import audience, page_of

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------------- dates


@pytest.fixture
def around_midnight(zone):
    # 1 May in Kyiv begins on 30 April at 21:00 UTC.
    begin = datetime(2026, 4, 30, 21, tzinfo=UTC)
    lead("Before", created_at=begin - timedelta(microseconds=1))
    lead("First", created_at=begin)
    lead("Last", created_at=begin + timedelta(days=1, microseconds=-1))
    lead("After", created_at=begin + timedelta(days=1))


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        (">=", "2026-05-01", ["First", "Last", "After"]),
        (">", "2026-05-01", ["After"]),
        ("<=", "2026-05-01", ["Before", "First", "Last"]),
        ("<", "2026-05-01", ["Before"]),
        ("between", ["2026-05-01", "2026-05-01"], ["First", "Last"]),
        (">=", "2026-05-01T00:00", ["First", "Last", "After"]),
        (">", "2026-05-01T00:00", ["Last", "After"]),
        ("<=", "2026-04-30T21:00:00Z", ["Before", "First"]),
        ("<", "2026-05-01T00:00:00+03:00", ["Before"]),
        (
            "between",
            ["2026-05-01T00:00", "2026-05-02T00:00"],
            ["First", "Last", "After"],
        ),
        ("between", ["2026-05-01", "2026-05-02T00:00"], ["First", "Last", "After"]),
    ],
)
def test_dates_are_whole_days_and_times_are_instants(
    around_midnight, titles, op, value, expected
):
    assert titles(rule("created_at", op, value)) == expected


def test_day_on_which_the_clock_changes_is_whole(zone, titles):
    # 29 March 2026 has 23 hours in Kyiv: from 22:00 UTC to 21:00 UTC.
    lead("First", created_at=datetime(2026, 3, 28, 22, tzinfo=UTC))
    lead("Next day", created_at=datetime(2026, 3, 29, 21, tzinfo=UTC))

    day = rule("created_at", "between", ["2026-03-29", "2026-03-29"])
    assert titles(day) == ["First"]


@pytest.mark.parametrize(
    ("span", "first"),
    [
        ({"n": 5, "unit": "hours"}, datetime(2026, 5, 4, 4, 30, tzinfo=UTC)),
        ({"n": 7, "unit": "days"}, datetime(2026, 4, 27, 9, 30, tzinfo=UTC)),
        ({"n": 2, "unit": "weeks"}, datetime(2026, 4, 20, 9, 30, tzinfo=UTC)),
        # Across the change of the clock: 12:30 in Kyiv each.
        ({"n": 2, "unit": "months"}, datetime(2026, 3, 4, 10, 30, tzinfo=UTC)),
        ({"n": 1, "unit": "years"}, datetime(2025, 5, 4, 9, 30, tzinfo=UTC)),
    ],
)
def test_in_last_ends_now_and_includes_both_ends(zone, titles, span, first):
    tick = timedelta(microseconds=1)
    for title, at in (
        ("Too early", first - tick),
        ("First", first),
        ("Now", NOW),
        ("Later", NOW + tick),
    ):
        lead(title, created_at=at)

    assert titles(rule("created_at", "in_last", span)) == ["First", "Now"]
    assert titles(rule("created_at", "not_in_last", span)) == ["Too early", "Later"]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("today", ["May 4"]),
        ("yesterday", ["May 3"]),
        ("this_week", ["May 4", "May 10"]),
        ("this_jalali_week", ["May 2", "May 3", "May 4"]),
        ("this_month", ["May 2", "May 3", "May 4", "May 10"]),
        ("last_year", ["2025"]),
        ("last_jalali_year", ["March 20", "2025"]),
        ("this_jalali_year", ["May 2", "May 3", "May 4", "May 10"]),
    ],
)
def test_in_period_takes_whole_periods_of_either_calendar(
    zone, titles, period, expected
):
    for title, day in (
        ("March 20", (2026, 3, 20)),
        ("May 2", (2026, 5, 2)),
        ("May 3", (2026, 5, 3)),
        ("May 4", (2026, 5, 4)),
        ("May 10", (2026, 5, 10)),
        ("2025", (2025, 6, 1)),
    ):
        lead(title, created_at=datetime(*day, 12, tzinfo=UTC))

    assert titles(rule("created_at", "in_period", period)) == expected


def test_relative_rules_move_with_the_clock(titles):
    lead("Lead", created_at=NOW)
    recent = rule("created_at", "in_last", "1 day")

    assert titles(recent, now=NOW + timedelta(hours=24)) == ["Lead"]
    assert titles(recent, now=NOW + timedelta(hours=25)) == []


# ------------------------------------------------------------------------- pages


def test_pages_follow_each_other_without_gap_or_repetition():
    for number in range(7):
        lead(f"Lead {number}", created_at=NOW - timedelta(days=number // 3))

    seen, cursor = [], ""
    for _ in range(3):
        page = page_of(audience({}, user=None, now=NOW), size=3, after=cursor)
        seen.append([one.title for one in page.rows])
        cursor = page.next_cursor

    assert seen == [
        ["Lead 2", "Lead 1", "Lead 0"],
        ["Lead 5", "Lead 4", "Lead 3"],
        ["Lead 6"],
    ]
    assert cursor == ""


@pytest.mark.parametrize("cursor", ["x", "_", "2026-05-04_1", "2026-05-04T00:00Z_x"])
def test_page_with_a_broken_cursor_is_the_first(cursor):
    lead("Lead")

    page = page_of(audience({}, user=None, now=NOW), after=cursor)

    assert [one.title for one in page.rows] == ["Lead"]
