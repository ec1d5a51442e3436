"""Testing the water: the most promising first, the rest if that goes well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, due_mailing, fates
from tests.factories import LeadFactory
from winback.core.models import AuditEntry
from winback.delivery import queries
from winback.delivery.engine.run import Run
from winback.delivery.models import Lane, MailingWatch
from winback.delivery.services import (
    advance_canary,
    continue_anyway,
    prepare_mailing,
    start_mailing,
)
from winback.delivery.turns import runs_wanted
from winback.mailings.checks import check_mailing
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]
WAIT = timedelta(minutes=30)


def canaries(mailing: Mailing) -> list[str]:
    rows = mailing.recipients.filter(lane__startswith="canary/")
    addresses = rows.values_list("address", flat=True)
    return sorted(address.partition("@")[0] for address in addresses)


@pytest.fixture
def testing(sending: Sending) -> Callable[..., Mailing]:
    """A mailing to forty, ten of whom test the water."""

    def start(count: int = 40, **fields: object) -> Mailing:
        return sending(count, canary=True, canary_size=10, **fields)

    return start


def people_in_order() -> list[str]:
    """One person for each reason to be early, the most promising first."""
    days = {
        name: NOW - timedelta(days=number)
        for name, number in (("new", 5), ("older", 30), ("old", 400))
    }
    leads = {
        "engaged": {"last_engaged_at": days["new"], "last_mailed_at": days["new"]},
        "engaged2": {"last_engaged_at": days["older"]},
        "mailed": {"last_mailed_at": days["older"]},
        "large": {"domain": "gmail.com", "lost_at": days["old"]},
        "young": {"lost_at": days["older"]},
        "aged": {"lost_at": days["old"]},
        "unknown": {},
        "bouncing": {"last_engaged_at": days["new"], "bounce_count": 2},
    }
    for name, fields in reversed(leads.items()):
        domain = fields.pop("domain", "own.example")
        LeadFactory(email=f"{name}@{domain}", **fields)
    return list(leads)


@pytest.mark.parametrize("size", range(1, 8))
def test_choose_canary_takes_the_most_promising(sending: Sending, size: int) -> None:
    order = people_in_order()

    mailing = sending(0, canary=True, canary_size=size, frequency_cap_days=0)

    assert canaries(mailing) == sorted(order[:size])
    assert MailingWatch.objects.get().canary_passed_at is None


def test_choose_canary_keeps_the_groups_of_its_rows(sending: Sending) -> None:
    people_in_order()

    mailing = sending(0, canary=True, canary_size=4, frequency_cap_days=0)

    lanes = set(mailing.recipients.values_list("lane", flat=True))
    assert lanes == {"canary/", "canary/google", ""}


def test_choose_canary_everybody_would_be_one_nobody_is(testing) -> None:
    mailing = testing(10)

    assert canaries(mailing) == []
    assert MailingWatch.objects.get().canary_passed_at == NOW


def test_prepared_ledger_has_its_canary(scripted) -> None:
    LeadFactory.create_batch(12)
    mailing = due_mailing(canary=True, canary_size=10, undo_until=NOW, scheduled_at=NOW)

    assert prepare_mailing(mailing, now=NOW)
    assert len(canaries(mailing)) == 10
    assert start_mailing(mailing, now=NOW)
    assert MailingWatch.objects.get().canary_passed_at is None


def test_work_only_the_canary_goes(testing, opened: Opened, scripted) -> None:
    mailing = testing()

    opened(mailing).work(seconds=10)

    assert (len(scripted.mails), fates(mailing)) == (10, {"sent": 10, "ready": 30})
    assert runs_wanted(now=NOW) == {}
    assert list(queries.mailings_testing_the_water()) == [mailing]


def test_advance_canary_the_rest_goes_after_the_wait(
    testing, opened: Opened, scripted
) -> None:
    mailing = testing()
    assert advance_canary(mailing, now=NOW) is False
    assert MailingWatch.objects.get().canary_settled_at is None
    opened(mailing).work(seconds=10)

    answers = [
        advance_canary(mailing, now=NOW + minutes)
        for minutes in (timedelta(0), WAIT - timedelta(minutes=1), WAIT)
    ]

    assert answers == [False, False, True]
    watch = MailingWatch.objects.get()
    assert (watch.canary_settled_at, watch.canary_passed_at) == (NOW, NOW + WAIT)
    assert list(queries.mailings_testing_the_water()) == []
    opened(mailing).work(seconds=10)
    assert fates(mailing) == {"sent": 40}


def test_advance_canary_too_many_bounces_stop_the_rest(
    testing, opened: Opened, scripted
) -> None:
    mailing = testing()
    opened(mailing).work(seconds=10)
    advance_canary(mailing, now=NOW)
    bad = mailing.recipients.filter(fate="sent").first()
    mailing.recipients.filter(pk=bad.pk).update(bounce_kind="hard", bounced_at=NOW)

    assert advance_canary(mailing, now=NOW + WAIT) is False

    mailing.refresh_from_db()
    assert mailing.state == "stopped"
    assert mailing.state_reason.startswith("Stopped: 1 of 10 mails bounced")
    assert fates(mailing) == {"sent": 10, "ready": 30}
    assert AuditEntry.objects.filter(action="mailings.stop").count() == 1
    assert advance_canary(mailing, now=NOW + WAIT) is False


def test_continue_anyway_after_a_canary_lets_the_rest_go(
    testing, opened: Opened, scripted
) -> None:
    mailing = testing(canary_wait_minutes=0)
    scripted.script = lambda session, event: (
        b"550 5.1.1 nobody\r\n" if event.startswith("RCPT") else None
    )
    opened(mailing).work(seconds=10)
    assert advance_canary(mailing, now=NOW) is False
    scripted.script = lambda session, event: None

    continue_anyway(mailing, by=mailing.responsible, now=NOW)

    opened(mailing).work(seconds=10)
    assert fates(mailing) == {"failed": 10, "sent": 30}


def test_advance_canary_one_mailbox_that_is_full_holds_nobody_up(
    sending: Sending, opened: Opened, scripted
) -> None:
    mailing = sending(40, canary=True, canary_size=20, canary_wait_minutes=0)
    late = canaries(mailing)[0]
    scripted.script = lambda session, event: (
        b"452 4.2.2 full\r\n" if event.startswith(f"RCPT TO:<{late}@") else None
    )
    opened(mailing).work(seconds=10)

    assert advance_canary(mailing, now=NOW) is True
    # Its own lane goes on as well.
    mailing.recipients.filter(fate="ready").update(due_at=NOW)
    scripted.script = lambda session, event: None
    opened(mailing).work(seconds=10)
    assert fates(mailing) == {"sent": 40}


def test_advance_canary_several_that_wait_are_waited_for(
    testing, opened: Opened, scripted
) -> None:
    mailing = testing(canary_wait_minutes=0)
    late = canaries(mailing)[0]
    scripted.script = lambda session, event: (
        b"451 4.7.1 later\r\n" if event.startswith(f"RCPT TO:<{late}@") else None
    )
    opened(mailing).work(seconds=10)

    assert advance_canary(mailing, now=NOW) is False  # one of ten is too many


def test_advance_canary_paused_does_not_advance(testing, opened, scripted) -> None:
    mailing = testing(canary_wait_minutes=0)
    opened(mailing).work(seconds=10)
    Mailing.objects.update(state="paused")
    mailing.refresh_from_db()

    assert advance_canary(mailing, now=NOW) is False
    assert MailingWatch.objects.get().canary_passed_at is None


def test_work_canary_falls_under_its_groups_limits(
    sending: Sending, opened: Opened, scripted
) -> None:
    for number in range(20):
        LeadFactory(email=f"p{number}@gmail.com")
    Lane.objects.filter(key="google").update(per_day=4)

    mailing = sending(0, canary=True, canary_size=10)
    opened(mailing).work(seconds=10)

    assert fates(mailing) == {"sent": 4, "ready": 16}


def check_line(mailing: Mailing, key: str):
    lines = {line.key: line for line in check_mailing(mailing, now=NOW).lines}
    return lines.get(key)


def test_check_suggests_a_canary_for_an_old_audience(scripted) -> None:
    LeadFactory.create_batch(30, lost_at=NOW - timedelta(days=500))
    LeadFactory.create_batch(20, last_mailed_at=NOW - timedelta(days=30))
    mailing = due_mailing(state="draft", canary_size=10)

    line = check_line(mailing, "canary")

    assert (line.level, line.cure) == ("warn", "id_canary")
    assert line.text.startswith("30 of them were never written to or lost over a year")


@pytest.mark.parametrize(
    ("old", "young", "fields"),
    [
        (20, 30, {}),
        (8, 0, {}),
    ],
    ids=["mostly young", "few"],
)
def test_check_suggests_none_where_it_makes_no_sense(
    scripted, old: int, young: int, fields: dict
) -> None:
    LeadFactory.create_batch(old, lost_at=NOW - timedelta(days=500))
    LeadFactory.create_batch(young, last_mailed_at=NOW - timedelta(days=30))

    assert check_line(due_mailing(state="draft", canary_size=10), "canary") is None


def test_check_tells_of_the_canary_that_is_set(scripted) -> None:
    LeadFactory.create_batch(20)
    mailing = due_mailing(state="draft", canary=True, canary_size=10)

    line = check_line(mailing, "canary")

    assert (line.level, line.text) == (
        "good",
        "Testing the water: the 10 most promising addresses first, the rest if few "
        "enough bounce.",
    )
