"""Burying runs whose process is gone: everybody they held gets a fate."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from winback.delivery.engine.journal import (
    JournalRecord,
    journal_path,
    journal_state,
    read_journal,
)
from winback.delivery.engine.recording import (
    Result,
    finish_if_done,
    record_results,
)
from winback.delivery.engine.supply import return_unused
from winback.delivery.models import DeliveryRun
from winback.delivery.rules import Outcome, RunVerdict, judge_run
from winback.mailings.models import Fate, Recipient

logger = logging.getLogger(__name__)
NOT_KNOWN = "The process was stopped while this mail was being handed over."
ORPHANED_AFTER = timedelta(minutes=10)


def recover(*, now: datetime) -> int:
    """Bury every dead run; how many. Harmless at any time, by any number of callers."""
    buried = 0
    for run in DeliveryRun.objects.filter(finished_at__isnull=True):
        state = journal_state(journal_path(run.pk))
        verdict = judge_run(state, silent_for=now - run.heartbeat_at)
        if verdict is not RunVerdict.ALIVE:
            buried += _bury(run, verdict, now=now)
    _settle_orphans(now=now)
    return buried


def _bury(run: DeliveryRun, verdict: RunVerdict, *, now: datetime) -> bool:
    path = journal_path(run.pk)
    record = JournalRecord()
    if verdict is RunVerdict.DEAD:
        record = read_journal(path)
    with transaction.atomic():
        # Whoever moves finished_at first does the burying.
        unfinished = DeliveryRun.objects.filter(pk=run.pk, finished_at__isnull=True)
        if not unfinished.update(finished_at=now):
            return False
        held = Recipient.objects.filter(run_id=run.pk, fate=Fate.HANDING_OVER)
        judged = [(row, _judged(row, record)) for row in held]
        record_results(run, [result for _row, result in judged], now=now)
        unused = [
            row.lane for row, result in judged if result.outcome is Outcome.NOT_BEGUN
        ]
        return_unused(run, Counter(unused), now=now)
    path.unlink(missing_ok=True)
    finish_if_done(run.mailing_id, now=now)
    logger.warning("Buried run %s of mailing %s (%s)", run.pk, run.mailing_id, verdict)
    return True


def _judged(row: Recipient, record: JournalRecord) -> Result:
    """Sent if the journal says so; given back only if it surely was not begun."""
    at = record.done.get(row.pk)
    if at is not None:
        outcome, text = Outcome.SENT, ""
    elif row.pk in record.refused:
        outcome, text = Outcome.RETRY, row.error
    elif row.pk in record.open or not record.is_complete:
        outcome, text = Outcome.UNCERTAIN, NOT_KNOWN
    else:
        outcome, text = Outcome.NOT_BEGUN, ""
    return Result(
        recipient_id=row.pk,
        address=row.address,
        attempts=row.attempts,
        outcome=outcome,
        text=text,
        at=at,
    )


def _settle_orphans(*, now: datetime) -> None:
    """Rows that no living run holds: cannot be, and must not stay without a fate."""
    unfinished = DeliveryRun.objects.filter(
        pk=OuterRef("run_id"), finished_at__isnull=True
    )
    orphans = Recipient.objects.filter(
        ~Exists(unfinished),
        fate=Fate.HANDING_OVER,
        claimed_at__lt=now - ORPHANED_AFTER,
    )
    settled = orphans.update(fate=Fate.UNCERTAIN, error=NOT_KNOWN)
    if settled:
        logger.error("%s rows were held by no run; they are uncertain now", settled)
