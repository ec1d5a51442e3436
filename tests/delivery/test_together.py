"""People and workers at one mailing at the same moment: the sums hold."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from tests.delivery.conftest import NOW, claim_rows, due_mailing, fates
from tests.factories import LeadFactory
from tests.together import in_threads, needs_writers_at_once
from winback.delivery import services
from winback.delivery.engine import recording
from winback.delivery.engine import run as run_module
from winback.delivery.engine.recording import Result, finish_if_done, record_results
from winback.delivery.models import DeliveryRun
from winback.delivery.rules import Outcome
from winback.delivery.services import resending, start_mailing
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums
from winback.mailings.services import cancel_mailing, pause_mailing, resume_mailing
from winback.mailings.services import sending as sending_module

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    needs_writers_at_once,
]
A_MOMENT = 0.3  # for another connection to arrive at a lock


def held_by_a_run(mailing: Mailing) -> tuple[DeliveryRun, list[Result]]:
    """A run that holds every row, each refused for now."""
    run = DeliveryRun.objects.create(
        mailing=mailing, host="here", pid=1, started_at=NOW, heartbeat_at=NOW
    )
    rows = claim_rows(run, 100)
    return run, [
        Result(
            recipient_id=row.recipient_id,
            address=row.address,
            attempts=row.attempts,
            outcome=Outcome.RETRY,
            text="451 later",
        )
        for row in rows
    ]


def all_cancelled(mailing: Mailing, count: int) -> bool:
    mailing.refresh_from_db()
    sums = ledger_sums(mailing)
    return (
        mailing.state == "cancelled"
        and sums.hold
        and (sums.still_to_send, sums.left_out["cancelled"]) == (0, count)
    )


def test_start_by_two_workers_at_once_starts_once() -> None:
    LeadFactory.create_batch(20)
    mailing = due_mailing()

    answers = in_threads(*[partial(start_mailing, mailing, now=NOW)] * 2)

    assert sorted(answers) == [False, True]
    assert fates(mailing) == {"ready": 20}


def test_cancel_between_giving_back_and_commit_leaves_everybody_out(
    sending, monkeypatch
) -> None:
    mailing = sending(5)
    run, refused = held_by_a_run(mailing)
    given_back, cancelled = threading.Event(), threading.Event()
    look = recording._leave_out_if_cancelled

    def look_after_the_cancel(mailing_id: int) -> None:
        given_back.set()
        assert cancelled.wait(10)
        look(mailing_id)

    monkeypatch.setattr(recording, "_leave_out_if_cancelled", look_after_the_cancel)

    def cancel() -> None:
        assert given_back.wait(10)
        cancel_mailing(mailing, by=mailing.responsible, now=NOW)
        cancelled.set()

    answers = in_threads(partial(record_results, run, refused, now=NOW), cancel)

    assert answers == [None, None]
    assert all_cancelled(mailing, 5)


def test_given_back_while_a_cancel_is_under_way_leaves_everybody_out(
    sending, monkeypatch
) -> None:
    mailing = sending(5)
    run, refused = held_by_a_run(mailing)
    under_way = threading.Event()
    note = sending_module.record

    def note_slowly(*args, **kwargs) -> None:
        under_way.set()
        time.sleep(A_MOMENT)
        note(*args, **kwargs)

    monkeypatch.setattr(sending_module, "record", note_slowly)

    def give_back() -> None:
        assert under_way.wait(10)
        record_results(run, refused, now=NOW)

    in_threads(
        partial(cancel_mailing, mailing, by=mailing.responsible, now=NOW), give_back
    )

    assert all_cancelled(mailing, 5)


def test_send_to_the_failed_while_the_mailing_ends_is_not_forgotten(
    sending, monkeypatch
) -> None:
    mailing = sending(2)
    mailing.recipients.update(fate="failed", failure_class="server")
    under_way = threading.Event()
    note = resending.record

    def note_slowly(*args, **kwargs) -> None:
        under_way.set()
        time.sleep(A_MOMENT)
        note(*args, **kwargs)

    monkeypatch.setattr(resending, "record", note_slowly)

    def finish() -> bool:
        assert under_way.wait(10)
        return finish_if_done(mailing.pk, now=NOW)

    answers = in_threads(
        partial(services.send_to_failed, mailing, by=mailing.responsible, now=NOW),
        finish,
    )

    mailing.refresh_from_db()
    assert answers == [2, False]
    assert (mailing.state, fates(mailing)) == ("sending", {"ready": 2})


def test_pause_during_a_batch_stops_it_and_nobody_is_sent_to_twice(
    sending, opened, scripted, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0.02)
    mailing = sending(150)
    runs = [opened(mailing), opened(mailing)]

    def pause() -> None:
        while not scripted.mails:
            time.sleep(0.005)
        pause_mailing(mailing, by=mailing.responsible, now=NOW)

    sent_one, sent_other, _ = in_threads(
        *(partial(run.work, seconds=20) for run in runs), pause
    )

    mailing.refresh_from_db()
    sums = ledger_sums(mailing)
    assert mailing.state == "paused"
    assert sums.hold
    assert sent_one + sent_other == sums.sent == len(scripted.mails)
    assert fates(mailing).get("handing_over", 0) == 0
    resume_mailing(mailing, by=mailing.responsible, now=NOW)
    runs = [opened(mailing), opened(mailing)]
    in_threads(*(partial(run.work, seconds=20) for run in runs))
    assert fates(mailing) == {"sent": 150}
    assert len({recipient for _, recipient, _ in scripted.mails}) == 150
    assert len(scripted.mails) == 150
