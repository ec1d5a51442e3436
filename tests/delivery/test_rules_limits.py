"""Limits as plain functions: hour, day, warm-up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.delivery.rules.limits import (
    Bound,
    Level,
    Limit,
    bound_of,
    done_moment,
    grantable,
    next_moment,
    refilled,
    spent,
    warmup_cap,
    warmup_day,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
KYIV = ZoneInfo("Europe/Kyiv")


def level(tokens: float = 0.0, used: int = 0, day: date | None = TODAY) -> Level:
    return Level(tokens=tokens, refilled_at=NOW, day_on=day, used_on_day=used)


def test_refilled_never_holds_more_than_ten_seconds_worth() -> None:
    later = NOW + timedelta(hours=5)

    full = refilled(level(), Limit(per_hour=3600), now=later, today=TODAY)

    assert (full.tokens, full.refilled_at) == (10, later)


def test_refilled_low_limit_holds_one_mail() -> None:
    full = refilled(
        level(), Limit(per_hour=2), now=NOW + timedelta(days=1), today=TODAY
    )

    assert full.tokens == 1


def test_refilled_clock_set_back_gives_nothing() -> None:
    earlier = NOW - timedelta(hours=1)

    same = refilled(level(3), Limit(per_hour=3600), now=earlier, today=TODAY)

    assert (same.tokens, same.refilled_at) == (3, NOW)


@pytest.mark.parametrize(
    ("today", "used", "day"),
    [
        (TODAY, 7, TODAY),
        (TODAY + timedelta(days=1), 0, TODAY + timedelta(days=1)),
        (TODAY - timedelta(days=1), 7, TODAY),  # a clock set back
    ],
)
def test_refilled_a_new_day_begins_to_count_anew(today, used, day) -> None:
    new = refilled(level(used=7), Limit(per_day=10), now=NOW, today=today)

    assert (new.used_on_day, new.day_on) == (used, day)


@pytest.mark.parametrize(
    ("tokens", "used", "limit", "granted"),
    [
        (0, 0, Limit(), 500),
        (2.9, 0, Limit(per_hour=100), 2),
        (0.9, 0, Limit(per_hour=100), 0),
        (0, 90, Limit(per_day=100), 10),
        (0, 120, Limit(per_day=100), 0),
        (30, 90, Limit(per_hour=9999, per_day=100), 10),
        (0, 212, Limit(warmup_on=date(2026, 11, 18)), 188),  # day 4: 400
        (0, 212, Limit(warmup_on=date(2026, 11, 18), per_day=300), 88),
        (0, 100, Limit(warmup_on=date(2026, 11, 18), warmup_share=0.5), 100),
        (0, 10**6, Limit(warmup_on=date(2026, 11, 1)), 500),  # the plan is over
    ],
)
def test_grantable_narrowest_part_counts(tokens, used, limit, granted) -> None:
    assert grantable(level(tokens, used), limit, 500) == granted


def test_spent_and_given_back_is_as_before() -> None:
    limit = Limit(per_hour=3600, per_day=100)

    after = spent(level(10, 5), limit, 4)

    assert (after.tokens, after.used_on_day) == (6, 9)
    assert spent(after, limit, -4) == level(10, 5)
    assert spent(level(1, 5), Limit(per_day=9), 4).tokens == 1


@pytest.mark.parametrize(
    ("day", "number", "cap"),
    [(-3, 1, 50), (0, 1, 50), (1, 2, 100), (3, 4, 400), (13, 14, 409_600)],
)
def test_warmup_doubles_every_day(day, number, cap) -> None:
    on = TODAY + timedelta(days=day)

    assert (warmup_day(TODAY, on), warmup_cap(TODAY, on)) == (number, cap)
    assert warmup_cap(TODAY, on, share=0.5) == cap / 2


def test_warmup_ends_after_fourteen_days() -> None:
    after = TODAY + timedelta(days=14)

    assert (warmup_day(TODAY, after), warmup_cap(TODAY, after)) == (None, None)
    assert not Limit(warmup_on=TODAY).holds_on(after)
    assert Limit(warmup_on=TODAY).holds_on(TODAY)


@pytest.mark.parametrize(
    ("tokens", "used", "limit", "bound"),
    [
        (0, 0, Limit(), None),
        (1, 0, Limit(per_hour=10), None),
        (0.5, 0, Limit(per_hour=10), Bound.HOUR),
        (0.5, 10, Limit(per_hour=10, per_day=10), Bound.DAY),
        (5, 50, Limit(warmup_on=TODAY), Bound.WARMUP),
        (5, 40, Limit(warmup_on=TODAY, per_day=40), Bound.DAY),
    ],
)
def test_bound_of_names_what_holds_mails_back(tokens, used, limit, bound) -> None:
    assert bound_of(level(tokens, used), limit) == bound


def test_next_moment_of_an_hour_is_when_a_token_is_full() -> None:
    at = next_moment(level(0.5), Limit(per_hour=60), now=NOW, zone=KYIV)

    assert at == NOW + timedelta(seconds=30)


def test_next_moment_of_a_day_is_midnight_here() -> None:
    at = next_moment(level(0, 10), Limit(per_day=10), now=NOW, zone=KYIV)

    assert at == datetime(2026, 11, 22, tzinfo=KYIV)


@pytest.mark.parametrize(
    ("used", "limit", "count", "at"),
    [
        (0, Limit(), 10**6, NOW),
        (0, Limit(per_hour=200), 900, NOW + timedelta(hours=4, minutes=30)),
        (0, Limit(per_day=100), 100, NOW),
        (60, Limit(per_day=100), 140, datetime(2026, 11, 22, tzinfo=KYIV)),
        (60, Limit(per_day=100), 141, datetime(2026, 11, 23, tzinfo=KYIV)),
        # Ten hours are left of today in Kyiv: 100 today, the rest tomorrow.
        (
            0,
            Limit(per_hour=10, per_day=200),
            150,
            datetime(2026, 11, 22, 5, tzinfo=KYIV),
        ),
        (50, Limit(warmup_on=TODAY), 101, datetime(2026, 11, 23, tzinfo=KYIV)),
        (0, Limit(per_day=1), 10_000, None),
    ],
)
def test_done_moment_knows_days_and_hours(used, limit, count, at) -> None:
    assert done_moment(level(0, used), limit, count, now=NOW, zone=KYIV) == at


@given(
    st.lists(st.tuples(st.integers(0, 3600), st.integers(0, 500)), max_size=40),
    st.integers(1, 100_000),
    st.integers(1, 5000),
)
def test_limits_any_asking_stays_below_both(asked, per_hour, per_day) -> None:
    limit = Limit(per_hour=per_hour, per_day=per_day)
    bucket, now, taken = Level(tokens=1.0, refilled_at=NOW), NOW, {}
    for seconds, wanted in asked:
        now += timedelta(seconds=seconds)
        bucket = refilled(bucket, limit, now=now, today=now.date())
        count = grantable(bucket, limit, wanted)
        assert 0 <= count <= wanted
        bucket = spent(bucket, limit, count)
        taken[now.date()] = taken.get(now.date(), 0) + count

    allowed = (now - NOW).total_seconds() * per_hour / 3600
    assert sum(taken.values()) <= allowed + 1.001
    assert max(taken.values(), default=0) <= per_day
