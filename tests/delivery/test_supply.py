"""A run's rows come lane after lane, as far as the limits let them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.smtp_script import DROP
from tests.factories import LeadFactory, UserFactory
from winback.delivery.engine import run as run_module
from winback.delivery.engine.recovery import recover
from winback.delivery.engine.run import Run
from winback.delivery.lanes import waiting_lanes
from winback.delivery.models import Lane, TokenBucket
from winback.delivery.services import set_pace
from winback.mailings.models import AT_ONCE, Mailing, Recipient
from winback.mailings.services import pause_mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


@pytest.fixture
def three_lanes(sending: Sending) -> Mailing:
    """Six people at Google, six at Yahoo, six elsewhere."""
    for number in range(6):
        LeadFactory(email=f"a{number}@gmail.com")
        LeadFactory(email=f"b{number}@yahoo.com")
        LeadFactory(email=f"c{number}@own.example")
    return sending(0)


def limit(lane: str, **limits: int) -> None:
    Lane.objects.filter(key=lane).update(**limits)


def lanes_of(rows) -> dict[str, int]:
    return dict(Counter(row.lane for row in rows))


def ready(mailing: Mailing) -> dict[str, int]:
    rows = mailing.recipients.filter(fate="ready")
    return dict(Counter(rows.values_list("lane", flat=True)))


def used() -> dict[str, int]:
    return dict(TokenBucket.objects.values_list("key", "used_on_day"))


def let_go(run: Run) -> None:
    """What was claimed in this test is ready again; the run ends."""
    run.work(seconds=0)


def test_take_begins_with_another_lane_each_time(three_lanes, opened: Opened) -> None:
    run = opened(three_lanes)

    taken = [lanes_of(run.supply.take(3, now=NOW)) for _ in range(4)]

    assert taken == [{"": 3}, {"google": 3}, {"yahoo": 3}, {"": 3}]
    assert lanes_of(run.supply.take(9, now=NOW)) == {"google": 3, "yahoo": 3}
    assert run.supply.take(9, now=NOW) == []
    let_go(run)


def test_take_limited_lane_gives_its_share_and_the_others_go_on(
    three_lanes, opened: Opened, scripted
) -> None:
    limit("google", per_day=2)
    before = set(three_lanes.recipients.values_list("pk", "due_at"))

    opened(three_lanes).work(seconds=10)

    assert (ready(three_lanes), fates(three_lanes)) == (
        {"google": 4},
        {"sent": 14, "ready": 4},
    )
    # No row was postponed because of a limit.
    assert set(three_lanes.recipients.values_list("pk", "due_at")) == before
    assert used()["lane:google"] == 2


def test_take_narrowest_of_lane_sender_and_mailing_counts(
    three_lanes, opened: Opened
) -> None:
    limit("google", per_day=4)
    three_lanes.mails_per_hour = 36_000  # a hundred at once
    run = opened(three_lanes)
    TokenBucket.objects.create(
        key=f"mailing:{three_lanes.pk}", tokens=9, refilled_at=NOW
    )
    run.supply.mailing.mails_per_hour = 36_000
    options = dataclasses.replace(run.supply.sender.options, per_day=7)
    run.supply.sender = dataclasses.replace(run.supply.sender, options=options)
    run.supply.refresh()

    assert lanes_of(run.supply.take(500, now=NOW)) == {"": 6, "google": 1}
    assert run.supply.take(500, now=NOW) == []
    assert used() == {
        f"sender:{run.supply.sender.key}": 7,
        f"mailing:{three_lanes.pk}": 7,
        "lane:google": 1,
    }
    let_go(run)


def test_take_retries_fall_under_the_limits_too(
    three_lanes, opened: Opened, scripted
) -> None:
    limit("google", per_day=6)
    scripted.script = lambda session, event: (
        b"451 4.7.1 later\r\n" if event.startswith("RCPT TO:<a") else None
    )
    opened(three_lanes).work(seconds=10)
    Recipient.objects.filter(fate="ready").update(due_at=NOW)
    scripted.script = lambda session, event: None

    opened(three_lanes).work(seconds=10)

    assert fates(three_lanes) == {"sent": 12, "ready": 6}


def test_seconds_to_wait_is_until_the_next_token(three_lanes, opened: Opened) -> None:
    run = opened(three_lanes)
    assert run.supply.seconds_to_wait(now=NOW) == 0
    three_lanes.recipients.exclude(lane="google").update(fate="failed")
    limit("google", per_hour=600)
    run.supply.refresh()
    run.supply.take(500, now=NOW)

    assert run.supply.seconds_to_wait(now=NOW) == 6
    three_lanes.recipients.filter(fate="ready").update(due_at=NOW + timedelta(hours=1))
    assert run.supply.seconds_to_wait(now=NOW) is None
    let_go(run)


def test_refresh_tells_of_changed_limits(three_lanes, opened: Opened) -> None:
    run = opened(three_lanes)
    run.supply.refresh()

    assert run.supply.refresh() is False
    limit("yahoo", per_hour=5)
    assert run.supply.refresh() is True
    let_go(run)


def test_work_what_was_granted_and_not_used_goes_back(
    three_lanes, opened: Opened, scripted, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    limit("google", per_day=6)
    take = run_module.Supply.take

    def take_then_pause(self, *args, **kwargs):
        rows = take(self, *args, **kwargs)
        pause_mailing(three_lanes, by=UserFactory(), now=NOW)
        return rows

    monkeypatch.setattr(run_module.Supply, "take", take_then_pause)

    opened(three_lanes).work(seconds=10)

    sent = three_lanes.recipients.filter(fate="sent").count()
    at_google = three_lanes.recipients.filter(fate="sent", lane="google").count()
    assert sent < 18
    assert (used()["lane:google"], used().popitem()[1] >= 0) == (at_google, True)
    assert sum(n for key, n in used().items() if key.startswith("sender:")) == sent


def test_work_server_that_takes_nothing_uses_nothing_up(
    three_lanes, opened: Opened, scripted
) -> None:
    limit("google", per_day=6)
    scripted.script = lambda session, event: DROP if event == "connect" else None

    opened(three_lanes).work(seconds=10)

    assert set(used().values()) == {0}


def test_recover_what_a_dead_run_never_began_goes_back(
    three_lanes, opened: Opened
) -> None:
    limit("google", per_day=6)
    run = opened(three_lanes)
    run.supply.refresh()
    begun = run.supply.take(12, now=NOW)
    run.journal.note(begun=[begun[-1].recipient_id], done=[], refused=[], at=NOW)
    run.journal.close()

    recover(now=NOW)

    assert fates(three_lanes) == {"ready": 17, "uncertain": 1}
    assert used() == {f"sender:{run.supply.sender.key}": 1, "lane:google": 1}


def test_work_limited_pace_hands_over_that_many_only(
    sending: Sending, opened: Opened, scripted
) -> None:
    mailing = sending(20)
    set_pace(mailing, mails_per_hour=720, by=mailing.responsible, now=NOW)

    # The clock stands still: the bucket holds one mail and is not refilled.
    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": 1, "ready": 19}


def test_waiting_lanes_names_each_with_its_first(three_lanes) -> None:
    later = NOW + timedelta(hours=1)
    three_lanes.recipients.filter(lane="yahoo").update(due_at=later)
    three_lanes.recipients.filter(lane="").update(fate="failed")

    found = [(one.lane, one.first_due_at) for one in waiting_lanes(three_lanes.pk)]

    assert found == [("google", AT_ONCE), ("yahoo", later)]
    assert waiting_lanes(0) == []


@pytest.mark.parametrize("people", [3, 30])
def test_take_costs_the_same_statements_for_any_number(
    sending: Sending, opened: Opened, django_assert_num_queries, people: int
) -> None:
    for number in range(people):
        LeadFactory(email=f"a{number}@gmail.com")
    limit("google", per_hour=360_000)
    run = opened(sending(0))
    TokenBucket.objects.create(key="lane:google", tokens=500, refilled_at=NOW)
    run.supply.refresh()

    # Which lanes; savepoint; tokens; rows; who says no; take; read; spend; release.
    with django_assert_num_queries(9):
        assert len(run.supply.take(500, now=NOW)) == people
    let_go(run)
