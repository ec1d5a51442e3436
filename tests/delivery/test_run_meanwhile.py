"""What happens while a run is at work: people say no, others pause and cancel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.smtp_script import ScriptedServer
from tests.factories import LeadFactory
from winback.accounts.models import User
from winback.consent.fingerprints import fingerprint
from winback.consent.models import BlacklistReason, EntryKind
from winback.consent.queries import default_topic
from winback.consent.rules import Frequency
from winback.consent.services import (
    Listing,
    blacklist,
    blacklist_address,
    choose_frequency,
    opt_out,
    pause,
)
from winback.crm.models import Lead
from winback.delivery.engine import run as run_module
from winback.delivery.engine import supply
from winback.delivery.engine.run import Run
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums
from winback.mailings.services import cancel_mailing, pause_mailing, resume_mailing

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


def work(run: Run, *, seconds: float = 10) -> int:
    return run.work(seconds=seconds)


def _list(kind: str, value: str) -> None:
    listing = Listing(EntryKind(kind), value)
    blacklist(listing, reason=BlacklistReason.BY_HAND, now=NOW)


def _wants_fewer_mails() -> None:
    choose_frequency("no@there.example", Frequency.MONTH, now=NOW)
    # Another mailing was quicker.
    Lead.objects.filter(email="no@there.example").update(last_mailed_at=NOW)


@pytest.mark.parametrize(
    ("say_no", "reason"),
    [
        (lambda: _list("address", "no@there.example"), "blacklisted"),
        (lambda: _list("domain", "there.example"), "blacklisted"),
        (lambda: _list("fingerprint", fingerprint("no@there.example")), "blacklisted"),
        (lambda: opt_out("no@there.example", default_topic(), now=NOW), "opted_out"),
        (lambda: pause("no@there.example", now=NOW), "paused"),
        (_wants_fewer_mails, "fewer_mails"),
    ],
)
def test_work_person_says_no_after_the_claim_is_left_out(
    sending: Sending,
    opened: Opened,
    scripted: ScriptedServer,
    monkeypatch,
    say_no,
    reason,
) -> None:
    LeadFactory(email="no@there.example")
    mailing = sending(3)
    claim = supply.claim

    def claim_then_refuse(*args, **kwargs):
        claimed = claim(*args, **kwargs)
        say_no()
        return claimed

    monkeypatch.setattr(supply, "claim", claim_then_refuse)

    work(opened(mailing))

    row = mailing.recipients.get(address="no@there.example")
    assert (row.fate, row.left_out_reason) == ("left_out", reason)
    assert "no@there.example" not in {recipient for _, recipient, _ in scripted.mails}
    assert fates(mailing) == {"sent": 3, "left_out": 1}


def test_address_refused_ready_row_is_left_out_at_once(sending: Sending) -> None:
    LeadFactory(email="no@example.com")
    mailing = sending(1)

    blacklist_address("no@example.com", reason=BlacklistReason.BY_HAND, now=NOW)

    row = mailing.recipients.get(address="no@example.com")
    assert (row.fate, row.left_out_reason) == ("left_out", "blacklisted")
    assert fates(mailing) == {"ready": 1, "left_out": 1}


def test_work_paused_in_the_middle_hands_over_no_more(
    sending: Sending, opened: Opened, scripted: ScriptedServer, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    mailing = sending(200)
    user = User.objects.get(pk=mailing.responsible_id)
    run = opened(mailing)
    record = Run._record

    def record_then_pause(self) -> None:
        record(self)
        if scripted.mails and not paused:
            paused.append(pause_mailing(mailing, by=user, now=NOW))

    paused: list[Mailing] = []
    monkeypatch.setattr(Run, "_record", record_then_pause)
    monkeypatch.setattr(run_module, "RECORD_SECONDS", 0)

    work(run)

    mailing.refresh_from_db()
    counts = fates(mailing)
    assert mailing.state == "paused"
    assert counts["sent"] == len(scripted.mails) < 200
    assert counts["ready"] == 200 - counts["sent"]
    resume_mailing(mailing, by=user, now=NOW)
    work(opened(mailing))
    assert fates(mailing) == {"sent": 200}
    assert len({recipient for _, recipient, _ in scripted.mails}) == 200
    assert len(scripted.mails) == 200


def test_work_cancelled_in_the_middle_leaves_the_rest_out(
    sending: Sending, opened: Opened, scripted: ScriptedServer, monkeypatch
) -> None:
    monkeypatch.setattr(run_module, "LOOK_SECONDS", 0)
    mailing = sending(50)
    user = User.objects.get(pk=mailing.responsible_id)
    run = opened(mailing)
    claim = supply.claim

    def claim_then_cancel(*args, **kwargs):
        claimed = claim(*args, **kwargs)
        cancel_mailing(mailing, by=user, now=NOW)
        return claimed

    monkeypatch.setattr(supply, "claim", claim_then_cancel)

    work(run)

    mailing.refresh_from_db()
    sums = ledger_sums(mailing)
    assert mailing.state == "cancelled"
    assert (sums.still_to_send, sums.hold) == (0, True)
    assert sums.sent == len(scripted.mails)
    assert sums.left_out["cancelled"] == 50 - sums.sent
