"""Once more, by hand: to whom it was asked for, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.delivery.conftest import NOW, fates
from tests.delivery.smtp_script import ScriptedServer
from tests.factories import LeadFactory
from winback.accounts.models import User
from winback.delivery.engine.run import Run
from winback.delivery.services import (
    NothingToSendError,
    send_to_failed,
    send_to_newcomers,
    send_to_uncertain,
)
from winback.mailings.models import Mailing, Recipient
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]
Opened = Callable[[Mailing], Run]


def test_send_to_uncertain_and_failed_go_once_more_and_only_to_them(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    mailing = sending(4)
    opened(mailing).work(seconds=10)
    user = User.objects.get(pk=mailing.responsible_id)
    first, second, *_ = mailing.recipients.order_by("pk")
    rows = Recipient.objects
    rows.filter(pk=first.pk).update(fate="uncertain", sent_at=None)
    rows.filter(pk=second.pk).update(
        fate="failed", sent_at=None, failure_class="address", error="550 no"
    )
    scripted.mails.clear()

    counts = (
        send_to_uncertain(mailing, by=user, now=NOW),
        send_to_failed(mailing, by=user, now=NOW),
    )
    mailing.refresh_from_db()
    state = mailing.state
    opened(mailing).work(seconds=10)

    assert (counts, state) == ((1, 1), "sending")
    assert {recipient for _, recipient, _ in scripted.mails} == {
        first.address,
        second.address,
    }
    assert fates(mailing) == {"sent": 4}
    with pytest.raises(NothingToSendError):
        send_to_failed(mailing, by=user, now=NOW)


def test_send_to_newcomers_old_addresses_get_no_second_mail(
    sending: Sending, opened: Opened, scripted: ScriptedServer
) -> None:
    LeadFactory(email="old@example.com")
    mailing = sending(1, frequency_cap_days=0)
    opened(mailing).work(seconds=10)
    user = User.objects.get(pk=mailing.responsible_id)
    with pytest.raises(NothingToSendError):
        send_to_newcomers(mailing, by=user, now=NOW)
    LeadFactory(email="new@example.com")
    LeadFactory(email="OLD@example.com")

    assert send_to_newcomers(mailing, by=user, now=NOW) == 1
    opened(mailing).work(seconds=10)

    assert scripted.mails[-1][1] == "new@example.com"
    assert len(scripted.mails) == 3
    assert fates(mailing) == {"sent": 3, "left_out": 1}
    assert ledger_sums(mailing).left_out["duplicate"] == 1
