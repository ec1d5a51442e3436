"""The start of a mailing: its ledger written, its links numbered, in one go."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection, transaction

from winback.core.audit import record
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.delivery.lanes import has_canary
from winback.delivery.models import MailingWatch
from winback.delivery.senders import NoSenderError, sender_for
from winback.delivery.services.ledger import LedgerRefusedError, write_ledger
from winback.mailings.models import Fate, Mailing, MailingState, Recipient, Timing
from winback.mailings.rules import morning_at_or_after

logger = logging.getLogger(__name__)
# A ledger that somebody began to write and that is still not there: they died.
LEDGER_PATIENCE = timedelta(minutes=2)
ROWS_AT_ONCE = 20_000


def start_mailing(mailing: Mailing, *, now: datetime) -> bool:
    """Write the ledger of a scheduled mailing and let it be sent.

    True for exactly one caller; False if it was not scheduled, is not due, its
    ledger is being written by ``prepare_mailing``, or it cannot start. In the last
    case it is a draft again and ``state_reason`` says why: nobody to write to,
    no sender for its from address, rules or content that cannot be read. Locks
    the mailing; the ledger and the new state become visible together.
    """
    with transaction.atomic():
        locked = _lock_due(mailing.pk, now=now)
        if locked is None or _is_being_written(locked, now=now):
            return False
        try:
            with transaction.atomic():
                _have_ledger(locked, now=now)
        except LedgerRefusedError as refusal:
            _back_to_draft(locked, str(refusal), now=now)
            return False
        locked.state = MailingState.SENDING
        locked.state_reason = ""
        locked.started_at = now
        locked.undo_until = None
        locked.save(
            update_fields=[
                "state",
                "state_reason",
                "started_at",
                "undo_until",
                "ledger_written_at",
            ]
        )
        _record(locked, "mailings.start", now=now)
    return True


def prepare_mailing(mailing: Mailing, *, now: datetime) -> bool:
    """Write the ledger of a mailing sent by hand while it can still be undone.

    So the first mail leaves right after that time, however many people there
    are. True if it was written. False if it was already or is being written, if
    the mailing was taken back meanwhile, or cannot start: then ``start_mailing``
    will say why. The mailing is locked at the end only, so that nobody waits to
    take it back.
    """
    sent = Mailing.objects.filter(
        pk=mailing.pk, state=MailingState.SCHEDULED, undo_until__isnull=False
    )
    if not sent.filter(ledger_begun_at__isnull=True).update(ledger_begun_at=now):
        return False
    try:
        with transaction.atomic():
            fresh = sent.select_related("responsible", "campaign").get()
            write_ledger(fresh, now=now)
            still = sent.filter(scheduled_at=fresh.scheduled_at, ledger_begun_at=now)
            if not still.update(ledger_written_at=now):
                raise _TakenBackError
    except (LedgerRefusedError, _TakenBackError, Mailing.DoesNotExist):
        return False
    return True


class _TakenBackError(Exception):
    """The mailing is not what it was when its ledger was begun."""


def discard_ledger(mailing: Mailing) -> int:
    """Remove what was written for a Send that was taken back; how many rows.

    Some at a time, so that nobody waits long. Harmless while somebody presses
    Send again: that ledger begins by removing the rest.
    """
    removed = 0
    drafts = Mailing.objects.filter(pk=mailing.pk, state=MailingState.DRAFT)
    while True:
        with transaction.atomic():
            if not drafts.select_for_update(no_key=True):
                return removed
            rows = Recipient.objects.filter(mailing_id=mailing.pk).order_by("pk")
            some = list(rows.values_list("pk", flat=True)[:ROWS_AT_ONCE])
            if not some:
                return removed
            rows = Recipient.objects.filter(pk__any_of=some)
            removed += rows._raw_delete(connection.alias)


def spread_over_mornings(mailing: Mailing, *, now: datetime) -> None:
    """Give every ready row the next morning of its person's time zone."""
    if mailing.timing != Timing.RECIPIENT_MORNING:
        return
    home = Installation.current().zone.key
    ready = Recipient.objects.filter(mailing=mailing, fate=Fate.READY)
    zones = ready.order_by().values_list("lead__time_zone", flat=True).distinct()
    for name in list(zones):
        leads = Lead.objects.filter(time_zone=name).values("pk")
        morning = morning_at_or_after(now, _known_zone(name, home))
        ready.filter(lead__in=leads).update(due_at=morning)


def _lock_due(pk: int, *, now: datetime) -> Mailing | None:
    mailings = Mailing.objects.select_for_update(of=("self",))
    return (
        mailings.select_related("responsible", "campaign")
        .filter(pk=pk, state=MailingState.SCHEDULED, scheduled_at__lte=now)
        .first()
    )


def _is_being_written(mailing: Mailing, *, now: datetime) -> bool:
    begun_at = mailing.ledger_begun_at
    if begun_at is None or mailing.ledger_written_at is not None:
        return False
    return now - begun_at < LEDGER_PATIENCE


def _have_ledger(mailing: Mailing, *, now: datetime) -> None:
    _refuse_without_sender(mailing)
    if mailing.ledger_written_at is None:
        write_ledger(mailing, now=now)
        mailing.ledger_written_at = now
    spread_over_mornings(mailing, now=now)
    waits = mailing.canary and has_canary(mailing.pk)
    MailingWatch.objects.update_or_create(
        mailing=mailing,
        defaults={"canary_passed_at": None if waits else now},
    )


def _refuse_without_sender(mailing: Mailing) -> None:
    try:
        sender_for(mailing.from_address)
    except NoSenderError as error:
        raise LedgerRefusedError(str(error)) from error


def _back_to_draft(mailing: Mailing, reason: str, *, now: datetime) -> None:
    logger.warning("Mailing %s cannot start: %s", mailing.pk, reason)
    mailing.state = MailingState.DRAFT
    mailing.state_reason = reason[:500]
    mailing.scheduled_at = mailing.undo_until = None
    mailing.save(update_fields=["state", "state_reason", "scheduled_at", "undo_until"])
    _record(mailing, "mailings.start_refused", now=now, reason=reason)


def _record(mailing: Mailing, action: str, *, now: datetime, **details: str) -> None:
    record(
        action,
        actor=mailing.responsible,
        subject="mailing",
        subject_id=mailing.pk,
        at=now,
        **details,
    )


def _known_zone(name: str, otherwise: str) -> str:
    try:
        return ZoneInfo(name).key if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise
