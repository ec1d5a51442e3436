"""Once more, by hand: to those whose fate is unknown, who failed, who are new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.core.audit import record
from winback.delivery.services.ledger import write_rows
from winback.mailings.contents import main_version
from winback.mailings.models import AT_ONCE, Fate, Mailing, MailingState, Recipient
from winback.mailings.signals import mailing_due_changed

# Sending can go on from these; a cancelled mailing stays cancelled for good.
_MAY_GO_ON = {MailingState.SENDING, MailingState.SENT, MailingState.PAUSED}


class NothingToSendError(Exception):
    """There is nobody to write to, or the mailing may not go on."""


def send_to_uncertain(mailing: Mailing, *, by: User, now: datetime) -> int:
    """Write again to those who may have got the mail already; how many.

    Raises NothingToSendError.
    """
    return _again(mailing, Fate.UNCERTAIN, "delivery.send_to_uncertain", by, now)


def send_to_failed(mailing: Mailing, *, by: User, now: datetime) -> int:
    """Try again with those who failed, with all attempts anew; how many.

    Raises NothingToSendError.
    """
    return _again(mailing, Fate.FAILED, "delivery.send_to_failed", by, now)


def send_to_newcomers(mailing: Mailing, *, by: User, now: datetime) -> int:
    """Add the leads that joined the audience since the start; how many are mailed.

    An address that the mailing was sent to already gets no second mail. Raises
    NothingToSendError, and RuleTreeError if the rules cannot be read any more.
    """

    def add(locked: Mailing) -> int:
        version = main_version(locked)
        before = _ready(locked)
        write_rows(locked, version_id=version.pk, newcomers_only=True, now=now)
        return _ready(locked) - before

    return _go_on(mailing, add, "delivery.send_to_newcomers", by=by, now=now)


def _again(mailing: Mailing, fate: Fate, action: str, by: User, now: datetime) -> int:
    def make_ready(locked: Mailing) -> int:
        rows = Recipient.objects.filter(mailing=locked, fate=fate)
        return rows.update(
            fate=Fate.READY,
            due_at=AT_ONCE,
            run_id=None,
            failure_class="",
            error="",
            attempts=0,
        )

    return _go_on(mailing, make_ready, action, by=by, now=now)


def _go_on(
    mailing: Mailing,
    make_ready: Callable[[Mailing], int],
    action: str,
    *,
    by: User,
    now: datetime,
) -> int:
    with transaction.atomic():
        locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if locked.state not in _MAY_GO_ON:
            raise NothingToSendError
        count = make_ready(locked)
        if not count:
            raise NothingToSendError
        if locked.state == MailingState.SENT:
            locked.state = MailingState.SENDING
            locked.finished_at = None
            locked.save(update_fields=["state", "finished_at"])
        record(
            action,
            actor=by,
            subject="mailing",
            subject_id=locked.pk,
            at=now,
            count=count,
        )
    mailing_due_changed.send(sender=Mailing, mailing_id=mailing.pk)
    return count


def _ready(mailing: Mailing) -> int:
    return Recipient.objects.filter(mailing=mailing, fate=Fate.READY).count()
