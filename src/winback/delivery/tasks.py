"""Celery wakes the work up; the database says what the work is, and whose turn."""

from __future__ import annotations

import logging
import math
import time
from datetime import datetime

from celery import shared_task
from django.utils import timezone

from winback.delivery import exchanges, queries
from winback.delivery.clock import Clock, shared_clock
from winback.delivery.engine.journal import JournalError
from winback.delivery.engine.recording import finish_if_done
from winback.delivery.engine.recovery import recover as recover_runs
from winback.delivery.engine.run import Run, open_run
from winback.delivery.engine.stopping import is_asked_to_stop
from winback.delivery.services import (
    advance_canary,
    discard_ledger,
    learn_domains,
    prepare_mailing,
    start_mailing,
    tell_senderless,
)
from winback.delivery.turns import turns
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

    Waking twice is harmless: starts, turns and claims are decided in the database.
    """
    now = shared_clock()()
    _start_due(now)
    for mailing_id in mailings_to_prepare().values_list("pk", flat=True):
        prepare.apply_async((mailing_id,), expires=EXPIRES_SECONDS)
    for mailing_id in drafts_with_ledger().values_list("pk", flat=True):
        discard.apply_async((mailing_id,), expires=EXPIRES_SECONDS)
    for mailing_id in queries.mailings_without_open_rows():
        finish_if_done(mailing_id, now=now)
    for mailing in queries.mailings_testing_the_water():
        advance_canary(mailing, now=now)
    tell_senderless()
    for _ in range(sum(turn.more for turn in turns(now=now))):
        take_turn.apply_async(expires=EXPIRES_SECONDS)


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


@shared_task(name="delivery.take_turn")
def take_turn() -> None:
    """Work for a while on the mailing whose turn it is, then let others have theirs.

    Which one that is, is asked when a worker is free, not when the wake-up is
    sent: so a large mailing cannot queue up before a small one.
    """
    clock = shared_clock()
    recover_runs(now=clock())
    _start_due(clock())
    run = _open_next(clock)
    if run is None:
        return
    run.work(seconds=SLICE_SECONDS)
    if not is_asked_to_stop() and turns(now=clock()):
        take_turn.apply_async(expires=EXPIRES_SECONDS)


@shared_task(name="delivery.recover")
def recover() -> None:
    """Every 15 seconds and when a worker starts: nobody stays without a fate."""
    recover_runs(now=shared_clock()())


@shared_task(name="delivery.learn_domains")
def learn_mailing_domains(mailing_id: int) -> None:
    """After *Send* and *Schedule*: whose mail servers receive for its domains.

    Goes on in another task until all are known. Never in demo mode.
    """
    mailing = Mailing.objects.filter(pk=mailing_id).first()
    if mailing is None or not exchanges.may_ask():
        return
    if learn_domains(mailing, now=timezone.now()):
        learn_mailing_domains.apply_async((mailing_id,))


def _start_due(now: datetime) -> None:
    for mailing in due_mailings(now):
        try:
            start_mailing(mailing, now=now)
        except Exception:  # one mailing's trouble must not hold up the others
            logger.exception("Mailing %s could not be started", mailing.pk)


def _open_next(clock: Clock) -> Run | None:
    for turn in turns(now=clock()):
        try:
            run = open_run(turn.mailing_id, clock=clock)
        except JournalError as error:
            logger.error(
                "No mail can be sent, the journal cannot be written: %s", error
            )
            return None
        if run is not None:
            return run
    return None
