"""The alarm clock finds the work in the database, whatever the broker lost."""

from __future__ import annotations

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
    """Run tasks where they are sent; the list of what was asked for."""
    asked: list[int] = []

    def apply(args, **options):
        asked.append(args[0])
        tasks.run_mailing(*args)

    monkeypatch.setattr(tasks.run_mailing, "apply_async", apply)
    return asked


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
