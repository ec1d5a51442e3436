"""Celery wakes the work up; the database says what the work is."""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from winback.reactions.services import hits, inbound, journal
from winback.reactions.services.polling import poll_mailbox
from winback.reactions.services.retention import forget_old

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_WAKE_UPS = 1.0
_last_wake_up = 0.0
_last_reader_wake_up = 0.0


@shared_task(name="reactions.judge_waiting_hits", ignore_result=True)
def judge_waiting_hits() -> None:
    """Every few seconds, and soon after a hit."""
    journal.bring_in_hits()
    hits.judge_waiting_hits()


@shared_task(name="reactions.process_waiting_messages", ignore_result=True)
def process_waiting_messages() -> None:
    """Every minute, and after each message; one that is done is not done again."""
    inbound.process_waiting_messages(now=timezone.now())


@shared_task(name="reactions.poll_mailboxes", ignore_result=True)
def poll_mailboxes() -> None:
    """Every minute, and again at once where a folder holds more than one look takes."""
    has_more = False
    for box in settings.CONFIG.inbound_imap:
        try:
            look = poll_mailbox(box, clock=timezone.now)
        except Exception:  # one mailbox's trouble must not hold up the others
            logger.exception("Mailbox %s could not be read.", box.key)
            continue
        has_more = has_more or bool(look and look.has_more)
        if look and look.taken:
            inbound.process_waiting_messages(now=timezone.now())
    if has_more:
        poll_mailboxes.delay()


@shared_task(name="reactions.forget_old_messages", ignore_result=True)
def forget_old_messages() -> None:
    """Every hour: what is older than the retention time is not kept any more."""
    forget_old(days=settings.CONFIG.inbound_days, now=timezone.now())


def wake_reader() -> None:
    """Have new messages read within moments; a lost wake-up only means the sweep.

    At most one task a second leaves this process, whatever the number of messages.
    """
    global _last_reader_wake_up
    if time.monotonic() - _last_reader_wake_up < SECONDS_BETWEEN_WAKE_UPS:
        return
    _last_reader_wake_up = time.monotonic()
    try:
        process_waiting_messages.apply_async(countdown=1)
    except Exception:
        logger.warning("The reader could not be woken; the sweep will.", exc_info=True)


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
