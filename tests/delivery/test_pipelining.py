"""The next envelope travels with the content: what a server may do about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from tests.delivery.conftest import fates
from tests.delivery.smtp_script import DROP, SILENCE, ScriptedServer, Session
from winback.delivery.engine.run import Run
from winback.delivery.models import ServerHold
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]
PEOPLE = 60


def sent_once_each(mailing: Mailing, scripted: ScriptedServer) -> bool:
    people = {recipient for _, recipient, _ in scripted.mails}
    rows = set(mailing.recipients.filter(fate="sent").values_list("address", flat=True))
    return len(scripted.mails) == len(people) and people == rows


@pytest.mark.parametrize(
    "features",
    [
        ("PIPELINING", "SIZE 50000000"),
        ("PIPELINING", "CHUNKING"),
        ("CHUNKING",),
        (),
    ],
)
def test_work_whatever_the_server_offers_everybody_is_sent_to_once(
    sending: Sending,
    opened: Opened,
    scripted: ScriptedServer,
    features: tuple[str, ...],
) -> None:
    scripted.features = features
    mailing = sending(PEOPLE)

    assert opened(mailing).work(seconds=10) == PEOPLE

    assert sent_once_each(mailing, scripted)
    verbs = {command.split(" ")[0] for command in scripted.commands}
    assert ("BDAT" in verbs, "DATA" in verbs) == (
        "CHUNKING" in features,
        "CHUNKING" not in features,
    )
    assert all(b"\r\n.\r\n" not in content for _, _, content in scripted.mails)


@pytest.mark.parametrize("bye", [DROP, b"421 4.3.2 enough for one session\r\n"])
def test_work_server_ends_each_session_after_a_mail_nobody_waits_for_a_retry(
    sending: Sending, opened: Opened, scripted: ScriptedServer, bye: bytes
) -> None:
    mailing = sending(PEOPLE)
    scripted.script = lambda session, event: (
        bye if session.mails and event.startswith("MAIL") else None
    )

    opened(mailing).work(seconds=10)

    assert (
        list(mailing.recipients.exclude(fate="sent").values_list("fate", "error")) == []
    )
    assert sent_once_each(mailing, scripted)
    assert set(mailing.recipients.values_list("attempts", flat=True)) == {1}
    assert ServerHold.objects.count() == 0


def test_work_next_person_is_refused_only_that_person_fails(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(PEOPLE)
    refused = set(
        mailing.recipients.order_by("pk").values_list("address", flat=True)[::3]
    )

    def script(session: Session, event: str) -> bytes | None:
        named = event.partition("<")[2].partition(">")[0]
        if event.startswith("RCPT") and named in refused:
            return b"550 5.1.1 no such user\r\n"
        return None

    scripted.script = script

    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": PEOPLE - len(refused), "failed": len(refused)}
    assert sent_once_each(mailing, scripted)


def test_work_refused_content_says_nothing_about_the_next_mail(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(PEOPLE)
    contents = iter(range(10_000))
    scripted.script = lambda session, event: (
        b"554 5.6.0 not this one\r\n"
        if event == "content" and next(contents) % 2
        else None
    )

    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": PEOPLE // 2, "failed": PEOPLE // 2}
    assert sent_once_each(mailing, scripted)


def test_work_nonsense_behind_a_yes_takes_nothing_back(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(PEOPLE)
    scripted.script = lambda session, event: (
        b"250 taken\r\nand now\r\n"
        if event == "content" and session.number % 2
        else None
    )

    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": PEOPLE}
    assert sent_once_each(mailing, scripted)


def test_work_server_loses_what_came_behind_a_content_is_asked_one_by_one(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    """It offers PIPELINING and throws away what it has read ahead."""
    mailing = sending(12)
    scripted.script = lambda session, event: (
        SILENCE if session.mails == 1 and event.startswith("MAIL") else None
    )

    run = opened(mailing)
    sender = run.supply.sender
    hasty = dataclasses.replace(sender.server, connections=2, command_seconds=0.3)
    run.supply.sender = dataclasses.replace(sender, server=hasty)
    run.work(seconds=20)

    # One by one the silence is the mail's own: it waits for its next attempt.
    counted = fates(mailing)
    assert counted["sent"] >= 2
    assert sent_once_each(mailing, scripted)
    assert counted["sent"] + counted["ready"] == 12
