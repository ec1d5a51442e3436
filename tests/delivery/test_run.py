"""A run hands over what is due and records what the server says."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP

import pytest

from tests.delivery.conftest import NOW, due_mailing, fates
from tests.delivery.smtp_script import DROP, ScriptedServer, Session
from tests.factories import LeadFactory
from tests.own_addresses import message_id
from winback.delivery import turns
from winback.delivery.addresses import parse_verp
from winback.delivery.engine.journal import Journal, JournalError, journal_path
from winback.delivery.engine.run import Run, open_run
from winback.delivery.models import DeliveryRun, ServerHold
from winback.delivery.rules import MAX_ATTEMPTS
from winback.delivery.services import start_mailing
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


def refuse(*recipients: str, answer: bytes, event: str = "RCPT") -> Callable:
    """A script that answers so when one of these people is named."""

    def script(session: Session, seen: str) -> bytes | None:
        if event == "RCPT":
            named = seen.partition("<")[2].partition(">")[0]
            return answer if named in recipients else None
        return answer if seen == event and session.recipient in recipients else None

    return script


def work(run: Run, *, seconds: float = 10) -> int:
    return run.work(seconds=seconds)


def test_work_everybody_is_sent_to_once_and_the_mailing_is_sent(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(30)

    assert work(opened(mailing)) == 30

    mailing.refresh_from_db()
    assert (mailing.state, mailing.finished_at) == ("sent", NOW)
    assert fates(mailing) == {"sent": 30}
    assert len({recipient for _, recipient, _ in scripted.mails}) == 30
    assert set(mailing.recipients.values_list("sent_at", "attempts")) == {(NOW, 1)}
    leads = {row.lead.last_mailed_at for row in mailing.recipients.all()}
    assert leads == {NOW}
    assert DeliveryRun.objects.get().finished_at == NOW
    assert not list(journal_path(uuid.uuid4()).parent.glob("*.log"))


def test_work_mail_is_that_persons_own(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    LeadFactory(contact_name="Оля Коваль", email="olha@example.com", language="uk")
    mailing = sending(0)

    work(opened(mailing))

    row = mailing.recipients.get()
    sender, recipient, raw = scripted.mails[0]
    message = message_from_bytes(raw, policy=SMTP)
    assert (parse_verp(sender), recipient) == (row.pk, "olha@example.com")
    assert message["Subject"] == "Знову є"
    assert message["To"] == "Оля Коваль <olha@example.com>"
    assert message["Message-ID"] == message_id(row.pk)
    assert message["Content-Language"] == "uk"
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "Dear Оля," in text
    assert "/t/c/" in text
    assert "/t/o/" in html
    assert "/u/" in html
    assert "https://shop.example/lamp" not in html.partition("href=")[2].split(">")[0]


def test_work_lead_mailed_is_every_lead_of_the_address(
    sending: Sending, opened: Opened
) -> None:
    leads = [LeadFactory(email="same@example.com") for _ in range(2)]

    work(opened(sending(0)))

    for lead in leads:
        lead.refresh_from_db()
    assert [lead.last_mailed_at for lead in leads] == [NOW, NOW]


@pytest.mark.parametrize(
    ("event", "answer", "failure_class"),
    [
        ("RCPT", b"550 5.1.1 no such user\r\n", "address"),
        ("content", b"554 5.7.1 spam\r\n", "message"),
    ],
)
def test_work_refused_for_good_is_failed_with_its_class(
    sending: Sending,
    opened: Opened,
    scripted: ScriptedServer,
    event: str,
    answer: bytes,
    failure_class: str,
) -> None:
    LeadFactory(email="bad@example.com")
    mailing = sending(3)
    scripted.script = refuse("bad@example.com", answer=answer, event=event)

    work(opened(mailing))

    mailing.refresh_from_db()
    row = mailing.recipients.get(address="bad@example.com")
    assert (row.fate, row.failure_class) == ("failed", failure_class)
    assert row.error == answer.decode().strip()
    assert (mailing.state, fates(mailing)) == ("sent", {"sent": 3, "failed": 1})


def test_work_refused_for_now_is_tried_later(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    LeadFactory(email="grey@example.com")
    mailing = sending(3)
    scripted.script = refuse("grey@example.com", answer=b"451 4.7.1 greylisted\r\n")

    work(opened(mailing))

    mailing.refresh_from_db()
    row = mailing.recipients.get(address="grey@example.com")
    assert (row.fate, row.attempts, row.error) == (
        "ready",
        1,
        "451 4.7.1 greylisted",
    )
    assert timedelta(minutes=4) <= row.due_at - NOW <= timedelta(minutes=6)
    assert mailing.state == "sending"
    assert turns.runs_wanted(now=NOW) == {}
    assert turns.runs_wanted(now=NOW + timedelta(minutes=7)) == {mailing.pk: 1}


def test_work_refused_for_now_too_often_is_failed(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(1)
    mailing.recipients.update(attempts=MAX_ATTEMPTS - 1)
    scripted.script = lambda session, event: (
        b"451 later\r\n" if event.startswith("RCPT") else None
    )

    work(opened(mailing))

    row = mailing.recipients.get()
    mailing.refresh_from_db()
    assert (row.fate, row.failure_class, row.error) == (
        "failed",
        "server",
        "451 later",
    )
    assert mailing.state == "sent"


def test_work_dropped_after_the_content_is_uncertain(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    LeadFactory(email="lost@example.com")
    mailing = sending(3)
    scripted.script = refuse("lost@example.com", answer=DROP, event="content")

    work(opened(mailing))

    mailing.refresh_from_db()
    assert fates(mailing) == {"sent": 3, "uncertain": 1}
    assert mailing.recipients.get(fate="uncertain").address == "lost@example.com"
    assert (mailing.state, ledger_sums(mailing).hold) == ("sent", True)


def test_work_wrong_login_stops_nobody_and_says_why(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(5)
    scripted.script = lambda session, event: (
        b"530 5.7.0 log in first\r\n" if event.startswith("MAIL") else None
    )

    work(opened(mailing))

    mailing.refresh_from_db()
    assert fates(mailing) == {"ready": 5}
    assert (mailing.state, mailing.state_reason) == (
        "sending",
        "530 5.7.0 log in first",
    )
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {0}
    assert turns.runs_wanted(now=NOW) == {}
    assert open_run(mailing.pk, clock=lambda: NOW) is None


def test_work_server_away_holds_longer_each_time_and_goes_on_by_itself(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(5)
    scripted.script = lambda session, event: DROP if event == "connect" else None
    work(opened(mailing))
    first = ServerHold.objects.get().until - NOW
    ServerHold.objects.update(until=NOW)
    work(opened(mailing))
    second = ServerHold.objects.get().until - NOW
    ServerHold.objects.update(until=NOW)
    mailing.refresh_from_db()
    said = mailing.state_reason
    scripted.script = lambda session, event: None

    work(opened(mailing))

    mailing.refresh_from_db()
    assert timedelta(seconds=4) <= first <= timedelta(seconds=6) < second
    assert said != ""
    assert (mailing.state, mailing.state_reason) == ("sent", "")
    assert ServerHold.objects.count() == 0
    assert fates(mailing) == {"sent": 5}


def test_work_server_wants_fewer_connections_gets_fewer(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(20)

    def script(session: Session, event: str) -> bytes | None:
        too_many = event == "connect" and scripted.open_now > 1
        return b"421 too many connections\r\n" if too_many else None

    scripted.script = script

    work(opened(mailing))

    assert fates(mailing) == {"sent": 20}


def test_open_run_outside_of_the_window_waits(sending: Sending, scripted) -> None:
    mailing = sending(1, window_start="08:00", window_end="12:00")

    assert open_run(mailing.pk, clock=lambda: NOW) is None

    earlier = NOW - timedelta(minutes=1)
    run = open_run(mailing.pk, clock=lambda: earlier)
    assert run is not None
    run.journal.remove()


def test_work_journal_cannot_be_written_nothing_is_handed_over(
    sending: Sending, opened: Opened, scripted: ScriptedServer, monkeypatch
) -> None:
    mailing = sending(5)
    run = opened(mailing)

    def full(self, **lines: object) -> None:
        raise JournalError("No space left on device")

    monkeypatch.setattr(Journal, "note", full)

    work(run)

    mailing.refresh_from_db()
    assert scripted.mails == []
    assert fates(mailing) == {"ready": 5}
    assert mailing.state_reason == "No space left on device"


def test_work_lease_over_nothing_is_handed_over(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(5)
    run = opened(mailing)
    run.lease.renewed_at -= 31
    run._looked_at = float("inf")  # no heartbeat comes to help

    work(run)

    assert scripted.mails == []
    assert fates(mailing) == {"ready": 5}


def test_open_run_mailing_not_sending_is_none(scripted) -> None:
    LeadFactory()
    mailing = due_mailing()
    start_mailing(mailing, now=NOW)
    Mailing.objects.update(state="paused")

    assert open_run(mailing.pk, clock=lambda: NOW) is None
    assert not list(journal_path(uuid.uuid4()).parent.glob("*.log"))
