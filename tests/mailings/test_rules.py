from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from winback.mailings import rules


@pytest.mark.parametrize(
    ("state", "target", "allowed"),
    [
        ("draft", "scheduled", True),
        ("draft", "sending", False),
        ("scheduled", "draft", True),
        ("scheduled", "cancelled", True),
        ("sending", "draft", False),
        ("paused", "sending", True),
        ("stopped", "sending", True),
        ("sent", "cancelled", False),
        ("cancelled", "draft", False),
    ],
)
def test_may_move_follows_the_states(state, target, allowed):
    assert rules.may_move(state, target) is allowed


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [(0, 2), (200_000, 2), (200_001, 3), (1_000_000, 10), (50_000_000, 60)],
)
def test_seconds_between_figures_grow_with_the_ledger_to_a_minute(rows, seconds):
    assert rules.seconds_between_figures(rows, at_least=2) == seconds


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-05-05T09:00", "Europe/Kyiv", "2026-05-05T06:00:00+00:00"),
        ("2026-03-29T03:30", "Europe/Kyiv", "2026-03-29T01:30:00+00:00"),  # skipped
        ("2026-10-25T03:30", "Europe/Kyiv", "2026-10-25T00:30:00+00:00"),  # twice
        ("2026-05-05T09:00", "Asia/Tehran", "2026-05-05T05:30:00+00:00"),
    ],
)
def test_moment_in_zone_reads_that_zones_clock(local, zone, instant):
    moment = rules.moment_in_zone(datetime.fromisoformat(local), zone)

    assert moment.astimezone(UTC).isoformat() == instant


@pytest.mark.parametrize(
    ("start", "zone", "morning"),
    [
        ("2026-05-04T05:00+00:00", "Europe/Kyiv", "2026-05-04T06:00:00+00:00"),
        ("2026-05-04T06:00+00:00", "Europe/Kyiv", "2026-05-04T06:00:00+00:00"),
        ("2026-05-04T06:01+00:00", "Europe/Kyiv", "2026-05-05T06:00:00+00:00"),
        ("2026-05-04T20:00+00:00", "Asia/Tokyo", "2026-05-05T00:00:00+00:00"),
    ],
)
def test_morning_at_or_after_is_nine_oclock_there(start, zone, morning):
    found = rules.morning_at_or_after(datetime.fromisoformat(start), zone)

    assert found.astimezone(UTC).isoformat() == morning


@pytest.mark.parametrize(
    ("at", "start", "end", "inside"),
    [
        (time(9), time(9), time(18), True),
        (time(18), time(9), time(18), False),
        (time(23), time(22), time(6), True),
        (time(5, 59), time(22), time(6), True),
        (time(6), time(22), time(6), False),
        (time(3), None, time(6), True),
        (time(3), time(9), time(9), True),
    ],
)
def test_is_in_window_may_go_over_midnight(at, start, end, inside):
    assert rules.is_in_window(at, start=start, end=end) is inside


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-05-04T10:00+00:00", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04T03:00+00:00", "2026-05-04T06:00:00+00:00"),
        ("2026-05-04T16:00+00:00", "2026-05-05T06:00:00+00:00"),
    ],
)
def test_next_open_moment_waits_for_the_window(at, opens):
    found = rules.next_open_moment(
        datetime.fromisoformat(at),
        start=time(9),
        end=time(18),
        zone_name="Europe/Kyiv",
    )

    assert found.astimezone(UTC).isoformat() == opens


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("Back in stock", "Back in stock"),
        ("For {{ lead.city }}: news", "For …: news"),
        ("{% if a %}{{ b }} is back{% else %}It is back{% endif %}", "… is back"),
        ("{% if a %}x{% elsif b %}y{% endif %} z", "x z"),
        ("Hello {{ lead.first_name | default: 'there' }}!", "Hello there!"),
        ('{{ lead.city | default: "" }}: news', "…: news"),
    ],
)
def test_plain_name_is_the_subject_without_liquid(subject, name):
    assert rules.plain_name(subject) == name


def test_tracking_name_is_fit_for_an_address():
    assert rules.tracking_name("Spring 2026: Знову!") == "spring-2026-знову"


@pytest.mark.parametrize(
    ("length", "verdict"), [(0, "empty"), (5, "short"), (40, "good"), (61, "long")]
)
def test_length_verdict(length, verdict):
    assert rules.length_verdict(length, good=(20, 60)) == verdict
