"""Celery wakes the work up; the database says what the work is."""

from __future__ import annotations

import logging
import math
import time

from celery import shared_task
from django.utils import timezone

from winback.delivery import queries
from winback.delivery.clock import shared_clock
from winback.delivery.engine.journal import JournalError
from winback.delivery.engine.recording import finish_if_done
from winback.delivery.engine.recovery import recover as recover_runs
from winback.delivery.engine.run import open_run
from winback.delivery.engine.stopping import is_asked_to_stop
from winback.delivery.senders import configured_server
from winback.delivery.services import discard_ledger, prepare_mailing, start_mailing
from winback.mailings.models import Mailing
from winback.mailings.queries import (
    drafts_with_ledger,
    due_mailings,
    mailings_to_prepare,
)

logger = logging.getLogger(__name__)
SLICE_SECONDS = 20
# A wake-up that nobody has taken by then is told again by the next one.
EXPIRES_SECONDS = 10


# Of wake-ups that have waited together one is enough.
LEAST_BETWEEN_TICKS_SECONDS = 0.5
_ticked_at = -math.inf


@shared_task(name="delivery.tick")
def tick() -> None:
    """Every second, by the clock. Many that waited for a busy worker are as one."""
    global _ticked_at
    if time.monotonic() - _ticked_at >= LEAST_BETWEEN_TICKS_SECONDS:
        wake()
        _ticked_at = time.monotonic()


@shared_task(name="delivery.wake")
def wake() -> None:
    """What is due starts, what is unfinished gets a runner.

    Waking twice is harmless: starts and claims are decided in the database.
    """
    now = shared_clock()()
    for mailing in due_mailings(now):
        try:
            start_mailing(mailing, now=now)
        except Exception:  # one mailing's trouble must not hold up the others
            logger.exception("Mailing %s could not be started", mailing.pk)
    for mailing_id in mailings_to_prepare().values_list("pk", flat=True):
        prepare.apply_async((mailing_id,), expires=EXPIRES_SECONDS)
    for mailing_id in drafts_with_ledger().values_list("pk", flat=True):
        discard.apply_async((mailing_id,), expires=EXPIRES_SECONDS)
    for mailing_id in queries.mailings_without_open_rows():
        finish_if_done(mailing_id, now=now)
    for mailing_id, more in queries.runs_wanted(now=now).items():
        for _ in range(more):
            run_mailing.apply_async((mailing_id,), expires=EXPIRES_SECONDS)


@shared_task(name="delivery.prepare")
def prepare(mailing_id: int) -> None:
    """Write the ledger of a mailing that was just sent by hand."""
    mailing = Mailing.objects.filter(pk=mailing_id).first()
    if mailing is not None:
        prepare_mailing(mailing, now=timezone.now())


@shared_task(name="delivery.discard")
def discard(mailing_id: int) -> None:
    """Remove the ledger of a mailing that was taken back."""
    mailing = Mailing.objects.filter(pk=mailing_id).first()
    if mailing is not None:
        discard_ledger(mailing)


@shared_task(name="delivery.run_mailing")
def run_mailing(mailing_id: int) -> None:
    """Work on a mailing for a while, then let others have their turn."""
    clock = shared_clock()
    recover_runs(now=clock())
    try:
        run = open_run(mailing_id, server=configured_server(), clock=clock)
    except JournalError as error:
        logger.error("No mail can be sent, the journal cannot be written: %s", error)
        return
    if run is None:
        return
    run.work(seconds=SLICE_SECONDS)
    if not is_asked_to_stop() and mailing_id in queries.runs_wanted(now=clock()):
        run_mailing.apply_async((mailing_id,))


@shared_task(name="delivery.recover")
def recover() -> None:
    """Every 15 seconds and when a worker starts: nobody stays without a fate."""
    recover_runs(now=shared_clock()())
