"""The alarm clock finds the work in the database, whatever the broker lost."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.delivery.conftest import due_mailing, fates
from tests.factories import LeadFactory
from winback.delivery import tasks
from winback.mailings.models import Mailing
from winback.mailings.signals import mailing_due_changed

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_once(monkeypatch):
    """Take turns where they are asked for; the mailings that had one."""
    served: list[int] = []
    open_run = tasks.open_run

    def open_and_note(mailing_id: int, **options):
        served.append(mailing_id)
        return open_run(mailing_id, **options)

    monkeypatch.setattr(tasks, "open_run", open_and_note)
    monkeypatch.setattr(tasks.take_turn, "apply_async", lambda **_: tasks.take_turn())
    return served


def test_wake_due_mailing_is_started_and_sent(scripted, at_once) -> None:
    LeadFactory.create_batch(3)
    mailing = due_mailing(scheduled_at=timezone.now())

    tasks.wake()

    mailing.refresh_from_db()
    assert (mailing.state, fates(mailing)) == ("sent", {"sent": 3})
    assert at_once == [mailing.pk]


def test_tick_of_many_that_waited_only_the_first_wakes(monkeypatch) -> None:
    woken: list[float] = []
    monkeypatch.setattr(tasks, "wake", lambda: woken.append(seconds[0]))
    seconds = [1000.0]
    monkeypatch.setattr(tasks.time, "monotonic", lambda: seconds[0])

    for passed in (0.0, 0.1, 0.3, 0.2, 1.0):
        seconds[0] += passed
        tasks.tick()

    assert woken == [1000.0, pytest.approx(1000.6), pytest.approx(1001.6)]


def test_wake_run_lost_by_the_broker_is_asked_for_again(scripted, at_once) -> None:
    LeadFactory.create_batch(3)
    mailing = due_mailing(scheduled_at=timezone.now())
    tasks.start_mailing(mailing, now=timezone.now())

    tasks.wake()
    tasks.wake()

    assert fates(mailing) == {"sent": 3}
    assert at_once == [mailing.pk]


def test_wake_mailing_that_breaks_does_not_hold_up_the_others(
    scripted, at_once, monkeypatch
) -> None:
    LeadFactory()
    broken = due_mailing(scheduled_at=timezone.now() - timedelta(hours=1))
    good = due_mailing(scheduled_at=timezone.now(), frequency_cap_days=0)
    start = tasks.start_mailing

    def start_or_break(mailing, *, now):
        if mailing.pk == broken.pk:
            raise RuntimeError("broken")
        return start(mailing, now=now)

    monkeypatch.setattr(tasks, "start_mailing", start_or_break)

    tasks.wake()

    good.refresh_from_db()
    assert good.state == "sent"


def test_wake_paused_mailing_gets_no_run(scripted, at_once) -> None:
    LeadFactory()
    mailing = due_mailing(scheduled_at=timezone.now())
    tasks.start_mailing(mailing, now=timezone.now())
    Mailing.objects.update(state="paused")

    tasks.wake()

    assert (at_once, fates(mailing)) == ([], {"ready": 1})


def test_wake_everybody_settled_elsewhere_ends_the_mailing(scripted, at_once) -> None:
    LeadFactory()
    mailing = due_mailing(scheduled_at=timezone.now())
    tasks.start_mailing(mailing, now=timezone.now())
    mailing.recipients.update(fate="uncertain", due_at=None)

    tasks.wake()

    mailing.refresh_from_db()
    assert (mailing.state, at_once) == ("sent", [])


def test_mailing_due_changed_wakes_at_once(
    monkeypatch, django_capture_on_commit_callbacks
) -> None:
    woken: list[dict] = []
    monkeypatch.setattr(tasks.wake, "apply_async", lambda **o: woken.append(o))

    with django_capture_on_commit_callbacks(execute=True):
        mailing_due_changed.send(sender=Mailing, mailing_id=1)

    assert len(woken) == 1


def test_mailing_due_changed_broker_away_is_no_error(
    monkeypatch, django_capture_on_commit_callbacks, caplog
) -> None:
    def away(**options):
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.wake, "apply_async", away)

    with django_capture_on_commit_callbacks(execute=True):
        mailing_due_changed.send(sender=Mailing, mailing_id=1)

    assert "the next beat will do" in caplog.text


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """The mailings whose domains a task was sent for."""
    mailings: list[int] = []
    monkeypatch.setattr(
        tasks.learn_mailing_domains,
        "apply_async",
        lambda args, **_: mailings.append(args[0]),
    )
    monkeypatch.setattr(tasks.wake, "apply_async", lambda **_: None)
    return mailings


@pytest.mark.parametrize(
    ("demo", "state", "is_asked"),
    [
        (False, "scheduled", True),
        (True, "scheduled", False),
        (False, "sending", False),
    ],
)
def test_mailing_scheduled_has_its_domains_asked_about(
    settings, asked, django_capture_on_commit_callbacks, demo, state, is_asked
) -> None:
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=demo)
    mailing = due_mailing(state=state)

    with django_capture_on_commit_callbacks(execute=True):
        mailing_due_changed.send(sender=Mailing, mailing_id=mailing.pk)

    assert asked == ([mailing.pk] if is_asked else [])


def test_learn_domains_goes_on_until_all_are_known(asked, monkeypatch) -> None:
    mailing = due_mailing()
    rounds = iter([2000, 7, 0])
    monkeypatch.setattr(tasks.exchanges, "may_ask", lambda: True)
    monkeypatch.setattr(tasks, "learn_domains", lambda mailing, *, now: next(rounds))

    for _ in range(3):
        tasks.learn_mailing_domains(mailing.pk)

    assert asked == [mailing.pk] * 2
    tasks.learn_mailing_domains(0)  # deleted meanwhile


def test_learn_domains_where_nobody_may_be_asked_asks_nobody(
    asked, monkeypatch
) -> None:
    monkeypatch.setattr(tasks.exchanges, "may_ask", lambda: False)
    monkeypatch.setattr(tasks, "learn_domains", lambda *_, **__: pytest.fail("asked"))

    tasks.learn_mailing_domains(due_mailing().pk)

    assert asked == []


def test_wake_canary_that_went_well_lets_the_rest_go(scripted, at_once) -> None:
    LeadFactory.create_batch(30)
    mailing = due_mailing(
        scheduled_at=timezone.now(), canary=True, canary_size=10, canary_wait_minutes=0
    )

    tasks.wake()
    assert fates(mailing) == {"sent": 10, "ready": 20}
    tasks.wake()

    mailing.refresh_from_db()
    assert (mailing.state, fates(mailing)) == ("sent", {"sent": 30})
