"""The ledger is written while Send can still be undone, and removed if it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, due_mailing, fates
from tests.factories import LeadFactory
from winback.accounts.models import User
from winback.delivery.services import (
    discard_ledger,
    prepare_mailing,
    start_mailing,
    starting,
)
from winback.mailings.models import Mailing, Recipient
from winback.mailings.queries import drafts_with_ledger, mailings_to_prepare
from winback.mailings.services import (
    cancel_mailing,
    delete_draft,
    send_mailing,
    undo_send,
)

pytestmark = pytest.mark.django_db
UNDO_IS_OVER = NOW + timedelta(seconds=30)


def sent_by_hand(count: int = 3) -> tuple[Mailing, User]:
    LeadFactory.create_batch(count)
    mailing = due_mailing(state="draft", scheduled_at=None)
    user = User.objects.get(pk=mailing.responsible_id)
    return send_mailing(mailing, by=user, now=NOW), user


def test_prepare_mailing_writes_the_ledger_that_the_start_uses() -> None:
    mailing, _ = sent_by_hand()

    assert [prepare_mailing(mailing, now=NOW) for _ in range(2)] == [True, False]
    assert list(mailings_to_prepare()) == []
    written = set(mailing.recipients.values_list("pk", flat=True))
    mailing.refresh_from_db()
    assert (mailing.state, fates(mailing)) == ("scheduled", {"ready": 3})
    LeadFactory()

    assert start_mailing(mailing, now=NOW) is False
    assert start_mailing(mailing, now=UNDO_IS_OVER) is True

    mailing.refresh_from_db()
    assert (mailing.state, mailing.started_at) == ("sending", UNDO_IS_OVER)
    assert set(mailing.recipients.values_list("pk", flat=True)) == written


def test_prepare_mailing_scheduled_for_a_date_is_left_to_its_start() -> None:
    LeadFactory()
    mailing = due_mailing(scheduled_at=NOW + timedelta(days=1))

    assert list(mailings_to_prepare()) == []
    assert prepare_mailing(mailing, now=NOW) is False
    assert mailing.recipients.count() == 0


def test_undo_after_the_ledger_was_written_removes_it(monkeypatch) -> None:
    monkeypatch.setattr(starting, "ROWS_AT_ONCE", 2)
    mailing, user = sent_by_hand(5)
    other, _ = sent_by_hand(1)
    prepare_mailing(mailing, now=NOW)
    prepare_mailing(other, now=NOW)

    undo_send(mailing, by=user, now=NOW)

    assert list(drafts_with_ledger()) == [mailing]
    assert discard_ledger(mailing) == 6
    assert list(drafts_with_ledger()) == []
    assert discard_ledger(other) == 0
    assert set(Recipient.objects.values_list("mailing", flat=True)) == {other.pk}


def test_send_again_before_the_old_ledger_is_gone_writes_a_new_one() -> None:
    mailing, user = sent_by_hand()
    prepare_mailing(mailing, now=NOW)
    undo_send(mailing, by=user, now=NOW)
    LeadFactory()
    again = NOW + timedelta(seconds=5)

    send_mailing(mailing, by=user, now=again)

    assert prepare_mailing(mailing, now=again) is True
    assert fates(mailing) == {"ready": 4}


def test_send_again_unprepared_start_does_not_use_the_old_ledger() -> None:
    mailing, user = sent_by_hand()
    prepare_mailing(mailing, now=NOW)
    undo_send(mailing, by=user, now=NOW)
    LeadFactory()
    send_mailing(mailing, by=user, now=NOW)

    assert start_mailing(mailing, now=UNDO_IS_OVER) is True

    assert fates(mailing) == {"ready": 4}


def test_prepare_mailing_taken_back_meanwhile_writes_nothing(monkeypatch) -> None:
    mailing, user = sent_by_hand()
    write = starting.write_ledger

    def write_and_take_back(mailing: Mailing, **kwargs: object) -> None:
        write(mailing, **kwargs)
        undo_send(mailing, by=user, now=NOW)

    monkeypatch.setattr(starting, "write_ledger", write_and_take_back)

    assert prepare_mailing(mailing, now=NOW) is False
    assert mailing.recipients.count() == 0


def test_start_mailing_while_its_ledger_is_written_waits_for_it() -> None:
    mailing, _ = sent_by_hand()
    begun_at = UNDO_IS_OVER - timedelta(seconds=10)
    Mailing.objects.update(ledger_begun_at=begun_at)

    assert start_mailing(mailing, now=UNDO_IS_OVER) is False
    # Whoever was writing it has died.
    assert start_mailing(mailing, now=begun_at + timedelta(minutes=2)) is True
    assert fates(mailing) == {"ready": 3}


def test_cancel_of_a_prepared_mailing_leaves_everybody_out() -> None:
    mailing, user = sent_by_hand()
    prepare_mailing(mailing, now=NOW)

    cancel_mailing(mailing, by=user, now=NOW)

    reasons = mailing.recipients.values_list("fate", "left_out_reason")
    assert set(reasons) == {("left_out", "cancelled")}


def test_delete_draft_with_an_old_ledger_is_deleted() -> None:
    mailing, user = sent_by_hand()
    prepare_mailing(mailing, now=NOW)
    draft = undo_send(mailing, by=user, now=NOW)

    delete_draft(draft, by=user, now=NOW)

    assert not Recipient.objects.exists()
