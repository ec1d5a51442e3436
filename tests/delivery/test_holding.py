"""What holds a mailing back, in words that people understand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, due_mailing
from tests.factories import LeadFactory
from winback.core.models import Installation
from winback.delivery.holding import holding_lines
from winback.delivery.holds import hold_server
from winback.delivery.models import Lane, TokenBucket
from winback.delivery.quotas import Moment
from winback.delivery.senders import senders
from winback.mailings.checks import check_mailing
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


@pytest.fixture
def configured(settings) -> Callable[[str], None]:
    def configure(options: str) -> None:
        url = f"smtp://127.0.0.1:2525?name=news{options}"
        settings.CONFIG = dataclasses.replace(settings.CONFIG, email_url=url)

    configure("")
    return configure


def lines(mailing: Mailing) -> list[str]:
    return holding_lines(mailing, at=Moment.of(NOW))


@pytest.fixture
def at_google(configured, sending: Sending) -> Mailing:
    for number in range(9):
        LeadFactory(email=f"a{number}@gmail.com")
    return sending(1)


def test_holding_nothing_says_nothing(at_google) -> None:
    assert lines(at_google) == []


@pytest.mark.parametrize(
    ("limits", "used", "line"),
    [
        (
            {"per_hour": 2},
            0,
            "Google (Gmail) takes 2 an hour. The rest goes until about 4:30\u202fPM.",
        ),
        (
            {"per_day": 4},
            4,
            "Google (Gmail) takes 4 a day. The rest goes until about "
            "Nov 24, 2026, 12:00\u202fAM.",
        ),
        (
            {"per_day": 9},
            0,
            None,
        ),
        ({"per_hour": 3600}, 0, None),
    ],
)
def test_holding_a_group_says_how_long(at_google, limits, used, line) -> None:
    Lane.objects.filter(key="google").update(**limits)
    TokenBucket.objects.create(
        key="lane:google",
        tokens=0,
        refilled_at=NOW,
        day_on=NOW.date(),
        used_on_day=used,
    )

    assert lines(at_google) == ([line] if line else [])


def test_holding_own_domain_and_mailing_are_named(at_google) -> None:
    Lane.objects.create(key="x.example", name="x.example", is_own=True, per_hour=1)
    at_google.recipients.filter(lane="").update(lane="x.example")
    Lane.objects.filter(key="google").update(per_hour=1)
    at_google.mails_per_hour = 5
    at_google.save()

    assert [line.partition(".")[0] for line in lines(at_google)] == [
        "Google (Gmail) takes 1 an hour",
        "This mailing may send 5 an hour",
        "x",
    ]


@pytest.mark.parametrize(
    ("options", "used", "begins"),
    [
        ("&per_hour=4", 0, "The sender news may send 4 an hour. The rest goes until"),
        ("&per_day=5", 0, "The sender news may send 5 a day. The rest goes until"),
        (
            "&warmup=2026-11-18",
            400,
            "The sender news is being warmed up, day 4 of 14: 400 mails today. "
            "The rest goes until about Nov 22, 2026, 12:00",
        ),
        ("&warmup=2026-11-18", 0, None),
        ("&warmup=2026-11-01", 0, None),
    ],
)
def test_holding_sender_says_so(at_google, configured, options, used, begins) -> None:
    configured(options)
    TokenBucket.objects.create(
        key="sender:news",
        tokens=0,
        refilled_at=NOW,
        day_on=NOW.date(),
        used_on_day=used,
    )

    found = lines(at_google)

    assert len(found) == (1 if begins else 0)
    assert not begins or found[0].startswith(begins)


def test_holding_groups_share_of_a_warmup(at_google, configured) -> None:
    configured("&warmup=2026-11-21")
    TokenBucket.objects.create(
        key="sender:news:lane:google",
        tokens=0,
        refilled_at=NOW,
        day_on=NOW.date(),
        used_on_day=25,
    )

    (line,) = lines(at_google)

    assert line.startswith(
        "The sender news is being warmed up, day 1 of 14: Google (Gmail) gets 25 mails "
        "today."
    )


def test_holding_closed_window_and_resting_server(at_google) -> None:
    Mailing.objects.update(window_start="18:00", window_end="20:00")
    at_google.refresh_from_db()
    hold_server(senders()[0].key, reason="421", now=NOW)

    first, second = lines(at_google)

    assert first == "The sending window is closed; it goes on about 6:00\u202fPM."
    assert second.startswith("The mail server is left in peace until 12:00\u202fPM")


def test_check_tells_until_when_the_limits_let_it_last(configured) -> None:
    for number in range(9):
        LeadFactory(email=f"a{number}@gmail.com")
    Lane.objects.filter(key="google").update(per_hour=2)
    mailing = due_mailing(state="draft")

    found = {line.key: line for line in check_mailing(mailing, now=NOW).lines}

    assert [line.key for line in check_mailing(mailing, now=NOW).lines].count(
        "duration"
    ) == 1
    assert found["duration"].text == (
        "With the limits that are set, the last mails go about Nov 21, 2026, "
        "4:30\u202fPM."
    )


def test_check_tells_of_the_warmup(configured) -> None:
    LeadFactory()
    configured("&warmup=2026-11-18&per_day=300")

    found = check_mailing(due_mailing(state="draft"), now=NOW).lines

    (line,) = [line for line in found if line.key == "warmup"]
    assert line.text == (
        "The sender news is being warmed up, day 4 of 14: 300 mails today, more every "
        "day."
    )


def test_holding_day_is_the_installations(at_google) -> None:
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tokyo"})
    Lane.objects.filter(key="google").update(per_day=5)
    today = (NOW + timedelta(hours=9)).date()
    TokenBucket.objects.create(
        key="lane:google", tokens=0, refilled_at=NOW, day_on=today, used_on_day=5
    )

    (line,) = lines(at_google)

    # Tomorrow and the day after in Tokyo: until 15:00 UTC of the 22nd.
    assert line.endswith("The rest goes until about Nov 22, 2026, 3:00\u202fPM.")
