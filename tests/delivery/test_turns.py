"""Whose turn it is: those that can send, the least and the longest ago served first."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.delivery.conftest import NOW, due_mailing, fates
from tests.factories import LeadFactory
from tests.together import needs_writers_at_once
from winback.delivery import tasks, turns
from winback.delivery.engine import run as run_module
from winback.delivery.engine.run import Run
from winback.delivery.holds import hold_server
from winback.delivery.models import DeliveryRun, Lane, MailingWatch, TokenBucket
from winback.delivery.services import send_to_newcomers, start_mailing
from winback.delivery.turns import next_turn, others_wait, runs_wanted
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


def served(mailing: Mailing, *, minutes_ago: int) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    MailingWatch.objects.filter(mailing=mailing).update(served_at=at)


def live_run(mailing: Mailing) -> DeliveryRun:
    return DeliveryRun.objects.create(
        mailing=mailing, host="here", pid=1, started_at=NOW, heartbeat_at=NOW
    )


@pytest.fixture
def two(sending: Sending) -> tuple[Mailing, Mailing]:
    """Two mailings to the same three people, the larger one older."""
    return sending(3, frequency_cap_days=0), sending(0, frequency_cap_days=0)


def test_next_turn_is_whoever_waited_longest(two) -> None:
    first, second = two
    assert next_turn(now=NOW) == first.pk

    served(first, minutes_ago=1)
    assert next_turn(now=NOW) == second.pk
    served(second, minutes_ago=0)
    assert next_turn(now=NOW) == first.pk


def test_next_turn_goes_to_mailings_without_a_run_first(two, monkeypatch) -> None:
    first, second = two
    monkeypatch.setattr(turns, "ROWS_FOR_ANOTHER_RUN", 1)
    served(second, minutes_ago=0)
    live_run(first)

    assert next_turn(now=NOW) == second.pk


def test_others_wait_only_if_nobody_works_on_them(two) -> None:
    first, second = two
    live_run(first)
    assert others_wait(first.pk, now=NOW) is True

    live_run(second)
    assert others_wait(first.pk, now=NOW) is False


def test_others_wait_for_a_start_that_is_due(two) -> None:
    live_run(two[0])
    live_run(two[1])
    due_mailing(scheduled_at=NOW)

    assert others_wait(two[0].pk, now=NOW) is True


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "paused"},
        {"state": "stopped"},
        {"window_start": "13:00", "window_end": "14:00"},
    ],
)
def test_turns_who_cannot_send_now_has_none(two, fields) -> None:
    first, second = two
    Mailing.objects.filter(pk=first.pk).update(**fields)

    assert runs_wanted(now=NOW) == {second.pk: 1}


def test_turns_resting_server_has_none(two, scripted) -> None:
    key = f"127.0.0.1:{scripted.port}"
    hold_server(key, reason="no", now=NOW)

    assert runs_wanted(now=NOW) == {}
    assert set(runs_wanted(now=NOW + timedelta(minutes=10))) == {m.pk for m in two}


def test_turns_used_up_limits_give_none_until_they_fill(sending: Sending) -> None:
    LeadFactory(email="a@gmail.com")
    mailing = sending(0)
    Lane.objects.filter(key="google").update(per_hour=60)
    TokenBucket.objects.create(key="lane:google", tokens=0.5, refilled_at=NOW)

    assert runs_wanted(now=NOW) == {}
    assert runs_wanted(now=NOW + timedelta(seconds=30)) == {mailing.pk: 1}
    LeadFactory(email="b@own.example")
    send_to_newcomers(mailing, by=mailing.responsible, now=NOW)
    assert runs_wanted(now=NOW) == {mailing.pk: 1}


def test_turns_many_rows_get_more_runs_but_not_where_limits_are_narrow(
    sending: Sending, monkeypatch
) -> None:
    monkeypatch.setattr(turns, "ROWS_FOR_ANOTHER_RUN", 2)
    monkeypatch.setattr(
        turns.connection.features, "has_select_for_update_skip_locked", True
    )
    mailing = sending(9)
    assert runs_wanted(now=NOW) == {mailing.pk: 5}

    live_run(mailing)
    assert runs_wanted(now=NOW) == {mailing.pk: 4}
    Mailing.objects.update(mails_per_hour=1080)
    # A bucket nobody has used holds one mail: one run can hand that over.
    assert runs_wanted(now=NOW) == {}


def test_turns_a_run_that_is_silent_keeps_nobody_from_the_work(
    sending: Sending,
) -> None:
    """Its host may be gone for good, and is buried only minutes later."""
    mailing = sending(3)
    live_run(mailing)
    assert runs_wanted(now=NOW) == {}

    assert runs_wanted(now=NOW + timedelta(seconds=7)) == {mailing.pk: 1}


@pytest.mark.parametrize("mailings", [1, 3])
def test_turns_cost_a_few_statements_each(
    sending: Sending, mailings: int, django_assert_num_queries
) -> None:
    for number in range(mailings):
        sending(number == 0, frequency_cap_days=0)

    # Mailings, zone, limits, rests, runs; then lanes and rows of each.
    with django_assert_num_queries(5 + 2 * mailings):
        assert len(runs_wanted(now=NOW)) == mailings


@pytest.fixture
def one_worker(monkeypatch, scripted):
    """Tasks wait in line for the one worker there is; it takes the oldest."""
    line: list[Callable[[], None]] = []
    monkeypatch.setattr(
        tasks.take_turn, "apply_async", lambda **_: line.append(tasks.take_turn)
    )
    return line


def test_a_large_mailing_keeps_a_small_one_waiting_one_slice_at_most(
    one_worker, scripted, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "TURN_SECONDS", 0.1)
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    monkeypatch.setattr(run_module, "CLAIM_SIZE", 10)
    LeadFactory.create_batch(400)
    for number in range(50):
        LeadFactory(email=f"few{number}@example.org")
    large = due_mailing(scheduled_at=timezone.now(), frequency_cap_days=0)
    assert start_mailing(large, now=timezone.now())
    slices: list[int] = []
    work = Run.work

    def work_while_the_small_one_arrives(self, *, seconds: float) -> int:
        slices.append(self.mailing.pk)
        if len(slices) == 1:
            small.append(due_mailing(scheduled_at=timezone.now(), name="Small"))
            small[0].rules = {
                "match": "all",
                "rules": [{"field": "email", "op": "starts_with", "value": "few"}],
            }
            small[0].frequency_cap_days = 0
            small[0].save()
        return work(self, seconds=seconds)

    small: list[Mailing] = []
    monkeypatch.setattr(Run, "work", work_while_the_small_one_arrives)

    tasks.wake()
    while one_worker and len(slices) < 3:
        one_worker.pop(0)()

    # The first slice ends early because the small one waits; the second is its.
    assert slices[:2] == [large.pk, small[0].pk]
    assert fates(large)["ready"] > 0
    assert fates(small[0]).get("sent", 0) > 0


def test_work_alone_goes_on_after_its_turn(sending: Sending, opened, monkeypatch):
    monkeypatch.setattr(run_module, "TURN_SECONDS", 0)
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    mailing = sending(30)

    assert opened(mailing).work(seconds=20) == 30


def test_work_waits_for_a_limit_only_while_nobody_else_waits(
    sending: Sending, opened, scripted, monkeypatch
) -> None:
    mailing = sending(2, mails_per_hour=3600, frequency_cap_days=0)
    other = sending(0, frequency_cap_days=0)
    run, began = opened(mailing), time.monotonic()

    run.work(seconds=60)

    # The clock stands still, so the second mail would never have gone.
    assert time.monotonic() - began < 50
    assert (fates(mailing), fates(other)) == ({"sent": 1, "ready": 1}, {"ready": 2})


@needs_writers_at_once
def test_take_turn_two_workers_serve_two_mailings(two, scripted, monkeypatch) -> None:
    opened: list[int] = []
    open_run = tasks.open_run

    def open_and_note(mailing_id: int, **options):
        opened.append(mailing_id)
        return open_run(mailing_id, **options)

    monkeypatch.setattr(tasks, "open_run", open_and_note)
    monkeypatch.setattr(tasks.take_turn, "apply_async", lambda **_: None)
    first = tasks._open_next(timezone.now)
    second = tasks._open_next(timezone.now)

    assert sorted(opened) == sorted(mailing.pk for mailing in two)
    for run in (first, second):
        run.work(seconds=10)
    assert [fates(mailing) for mailing in two] == [{"sent": 3}, {"sent": 3}]
