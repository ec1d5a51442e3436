"""The dead are buried: everybody they held gets a fate."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, fates
from winback.delivery.engine.journal import Journal, journal_path
from winback.delivery.engine.recovery import recover
from winback.delivery.engine.run import Run
from winback.delivery.models import DeliveryRun
from winback.mailings.models import Mailing, Recipient
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


def held_by_a_dead_run(
    mailing: Mailing, *, silent_for: timedelta = timedelta()
) -> tuple[DeliveryRun, list[Recipient], Journal]:
    """Five rows claimed by a run; its journal is open until the test closes it."""
    run = DeliveryRun.objects.create(
        mailing=mailing,
        host="here",
        pid=1,
        started_at=NOW,
        heartbeat_at=NOW - silent_for,
    )
    mailing.recipients.update(fate="handing_over", run_id=run.pk, claimed_at=NOW)
    return run, list(mailing.recipients.order_by("pk")), Journal(journal_path(run.pk))


def test_recover_dead_run_journal_tells_what_is_known(sending: Sending) -> None:
    mailing = sending(5)
    run, rows, journal = held_by_a_dead_run(mailing)
    sent, lost, refused, untouched, again = rows
    for row in (sent, lost, refused, again):
        journal.note(begun=[row.pk], at=NOW)
    journal.note(done=[sent.pk], at=NOW + timedelta(seconds=9))
    journal.note(refused=[refused.pk], at=NOW)
    journal.note(refused=[again.pk], at=NOW)
    journal.note(begun=[again.pk], at=NOW)
    journal.close()

    assert recover(now=NOW) == 1
    assert recover(now=NOW) == 0

    found = dict(mailing.recipients.values_list("pk", "fate"))
    assert found == {
        sent.pk: "sent",
        lost.pk: "uncertain",
        refused.pk: "ready",
        untouched.pk: "ready",
        again.pk: "uncertain",
    }
    sent.refresh_from_db()
    assert sent.sent_at == NOW + timedelta(seconds=9)
    assert ledger_sums(mailing).hold
    assert not journal_path(run.pk).exists()


def test_recover_living_run_is_left_alone_however_silent(sending: Sending) -> None:
    mailing = sending(5)
    _, _, journal = held_by_a_dead_run(mailing, silent_for=timedelta(days=1))

    assert recover(now=NOW) == 0

    assert fates(mailing) == {"handing_over": 5}
    journal.remove()


@pytest.mark.parametrize(
    ("silent_for", "expected"),
    [(timedelta(minutes=4), "handing_over"), (timedelta(minutes=5), "uncertain")],
)
def test_recover_run_of_another_host_is_uncertain_after_long_silence(
    sending: Sending, silent_for: timedelta, expected: str
) -> None:
    mailing = sending(5)
    _, _, journal = held_by_a_dead_run(mailing, silent_for=silent_for)
    journal.remove()

    recover(now=NOW)

    assert fates(mailing) == {expected: 5}


def test_recover_machine_restarted_since_counts_all_as_begun(
    sending: Sending,
) -> None:
    mailing = sending(5)
    run, rows, journal = held_by_a_dead_run(mailing)
    journal.note(done=[rows[0].pk], at=NOW)
    journal.close()
    path = journal_path(run.pk)
    path.write_text("h another-boot\n" + path.read_text().partition("\n")[2])

    recover(now=NOW)

    assert fates(mailing) == {"sent": 1, "uncertain": 4}


def test_recover_torn_last_line_says_nothing(sending: Sending) -> None:
    mailing = sending(5)
    run, rows, journal = held_by_a_dead_run(mailing)
    journal.note(begun=[rows[0].pk], at=NOW)
    journal.close()
    with journal_path(run.pk).open("a") as file:
        file.write(f"d {rows[0].pk} 17")

    recover(now=NOW)

    assert fates(mailing) == {"uncertain": 1, "ready": 4}


def test_recover_cancelled_mailing_gives_nothing_back(sending: Sending) -> None:
    mailing = sending(5)
    _, _, journal = held_by_a_dead_run(mailing)
    journal.close()
    Mailing.objects.update(state="cancelled")

    recover(now=NOW)

    assert fates(mailing) == {"left_out": 5}


def test_recover_rows_held_by_nobody_do_not_stay_so(sending: Sending) -> None:
    mailing = sending(2)
    mailing.recipients.update(fate="handing_over", run_id=uuid.uuid4(), claimed_at=NOW)

    recover(now=NOW + timedelta(minutes=9))
    early = fates(mailing)
    recover(now=NOW + timedelta(minutes=11))

    assert (early, fates(mailing)) == ({"handing_over": 2}, {"uncertain": 2})
