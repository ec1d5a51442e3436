"""Taking a mailing from one state to the next."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.core.audit import record
from winback.mailings.checks import blocking_reasons
from winback.mailings.errors import (
    MailingInvalidError,
    MailingStateError,
    SendRefusedError,
)
from winback.mailings.models import (
    Fate,
    LeftOutReason,
    Mailing,
    MailingState,
    Recipient,
    Timing,
)
from winback.mailings.rules import UNDO_SECONDS, is_past, may_move, moment_in_zone
from winback.mailings.signals import mailing_due_changed


@contextmanager
def _moved(
    mailing: Mailing,
    target: MailingState,
    *,
    source: MailingState | None = None,
    by: User | None,
    now: datetime,
) -> Iterator[Mailing]:
    """The locked mailing in its new state; saved and announced on leaving.

    Raises MailingStateError if its state does not allow the move, or is not
    ``source`` where one is named.
    """
    with transaction.atomic():
        # No key changes: rows of the ledger may be written meanwhile.
        locked = Mailing.objects.select_for_update(no_key=True).get(pk=mailing.pk)
        is_elsewhere = source is not None and locked.state != source
        if is_elsewhere or not may_move(locked.state, target):
            raise MailingStateError(_refusal(locked, target))
        before = locked.state
        locked.state = target
        locked.changed_at = now
        yield locked
        locked.save(update_fields=_MOVE_FIELDS)
        record(
            f"mailings.{_VERBS[(before, target)]}",
            actor=by,
            subject="mailing",
            subject_id=locked.pk,
            at=now,
            name=locked.name,
        )
        announce = functools.partial(
            mailing_due_changed.send_robust, sender=Mailing, mailing_id=locked.pk
        )
        transaction.on_commit(announce)


_MOVE_FIELDS = [
    "state",
    "state_reason",
    "scheduled_at",
    "schedule_time_zone",
    "timing",
    "undo_until",
    "ledger_begun_at",
    "ledger_written_at",
    "finished_at",
    "changed_at",
]
_VERBS = {
    ("draft", "scheduled"): "send",
    ("scheduled", "draft"): "take_back",
    ("scheduled", "cancelled"): "cancel",
    ("sending", "cancelled"): "cancel",
    ("paused", "cancelled"): "cancel",
    ("stopped", "cancelled"): "cancel",
    ("sending", "paused"): "pause",
    ("sending", "stopped"): "stop",
    ("paused", "sending"): "resume",
    ("stopped", "sending"): "continue_anyway",
}


def _refusal(mailing: Mailing, target: str) -> str:
    return _(
        "This mailing is “%(state)s” now, so it cannot become “%(target)s”. "
        "Somebody may have been quicker."
    ) % {
        "state": mailing.get_state_display(),
        "target": MailingState(target).label,
    }


def send_mailing(
    mailing: Mailing, *, by: User, now: datetime, undo_seconds: int = UNDO_SECONDS
) -> Mailing:
    """Let a draft start as soon as the time to undo is over.

    Raises SendRefusedError with every reason that blocks it (nobody to write
    to, no sender, a content that cannot be read, ...), MailingStateError if it
    is no draft: of two callers one gets that.
    """
    with _moved(mailing, MailingState.SCHEDULED, by=by, now=now) as locked:
        _refuse_if_blocked(locked, now=now)
        locked.scheduled_at = now + timedelta(seconds=undo_seconds)
        locked.undo_until = locked.scheduled_at
        locked.ledger_begun_at = locked.ledger_written_at = None
        locked.schedule_time_zone = ""
        locked.timing = Timing.AT_ONCE
        locked.state_reason = ""
    return locked


def schedule_mailing(
    mailing: Mailing,
    *,
    local_time: datetime,
    time_zone: str,
    by: User,
    now: datetime,
    timing: str = Timing.AT_ONCE,
) -> Mailing:
    """Let a draft start when a clock in ``time_zone`` shows ``local_time``.

    Raises MailingInvalidError for a time that is over or a zone that does not
    exist, else as ``send_mailing``.
    """
    if time_zone not in available_timezones():
        raise MailingInvalidError({"time_zone": _("There is no such time zone.")})
    at = moment_in_zone(local_time.replace(tzinfo=None), time_zone)
    if is_past(at, now=now):
        raise MailingInvalidError(
            {"scheduled_at": _("This time is over. Choose one in the future.")}
        )
    with _moved(mailing, MailingState.SCHEDULED, by=by, now=now) as locked:
        _refuse_if_blocked(locked, now=now)
        locked.scheduled_at = at
        locked.undo_until = None
        locked.ledger_begun_at = locked.ledger_written_at = None
        locked.schedule_time_zone = time_zone
        locked.timing = timing
        locked.state_reason = ""
    return locked


def _refuse_if_blocked(mailing: Mailing, *, now: datetime) -> None:
    reasons = blocking_reasons(mailing, now=now)
    if reasons:
        raise SendRefusedError(reasons)


def undo_send(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """Make a scheduled mailing a draft again, as long as it has not started.

    Raises MailingStateError if it has: then pause or cancel is what is left.
    """
    with _moved(mailing, MailingState.DRAFT, by=by, now=now) as locked:
        locked.scheduled_at = None
        locked.undo_until = None
        locked.schedule_time_zone = ""
    return locked


def pause_mailing(
    mailing: Mailing, *, by: User | None, now: datetime, reason: str = ""
) -> Mailing:
    """Hand over no further mail. What is being handed over is finished."""
    with _moved(mailing, MailingState.PAUSED, by=by, now=now) as locked:
        locked.state_reason = reason[:500]
    return locked


def resume_mailing(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """Go on after a pause. After a guard's stop: see ``release_mailing``."""
    paused = MailingState.PAUSED
    with _moved(mailing, MailingState.SENDING, source=paused, by=by, now=now) as locked:
        locked.state_reason = ""
    return locked


def stop_mailing(mailing: Mailing, *, reason: str, now: datetime) -> Mailing:
    """A guard's halt: hand over no further mail until a person decides.

    ``reason`` says why and what to do next, to people.
    """
    with _moved(mailing, MailingState.STOPPED, by=None, now=now) as locked:
        locked.state_reason = reason[:500]
    return locked


def release_mailing(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """Go on after a guard's stop; the caller sees to it that it stops no more."""
    stopped = MailingState.STOPPED
    with _moved(
        mailing, MailingState.SENDING, source=stopped, by=by, now=now
    ) as locked:
        locked.state_reason = ""
    return locked


def cancel_mailing(mailing: Mailing, *, by: User, now: datetime) -> Mailing:
    """Send no further mail, for good. Those not written to yet are left out.

    What is being handed over at this moment keeps its own fate.
    """
    with _moved(mailing, MailingState.CANCELLED, by=by, now=now) as locked:
        Recipient.objects.filter(mailing=locked, fate=Fate.READY).update(
            fate=Fate.LEFT_OUT,
            left_out_reason=LeftOutReason.CANCELLED,
            due_at=None,
            run_id=None,
        )
        locked.undo_until = None
        locked.finished_at = now
    return locked
