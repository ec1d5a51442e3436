"""Celery wakes the work up; the database says what the work is."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from winback.reactions.services import hits, inbound, journal

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_WAKE_UPS = 1.0
_last_wake_up = 0.0


@shared_task(name="reactions.judge_waiting_hits", ignore_result=True)
def judge_waiting_hits() -> None:
    """Every few seconds, and soon after a hit."""
    journal.bring_in_hits()
    hits.judge_waiting_hits()


@shared_task(name="reactions.process_waiting_messages", ignore_result=True)
def process_waiting_messages() -> None:
    """Every minute, and after each message; one that is done is not done again."""
    inbound.process_waiting_messages(now=timezone.now())


def wake_judge() -> None:
    """Have new hits judged within moments; a lost wake-up only means the sweep.

    At most one task a second leaves this process, whatever the number of hits.
    """
    global _last_wake_up
    if time.monotonic() - _last_wake_up < SECONDS_BETWEEN_WAKE_UPS:
        return
    _last_wake_up = time.monotonic()
    try:
        judge_waiting_hits.apply_async(countdown=1)
    except Exception:
        logger.warning("The judge could not be woken; the sweep will.", exc_info=True)
