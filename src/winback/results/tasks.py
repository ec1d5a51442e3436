"""Celery wakes the counts up; the database says where they stand."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from winback.results.services import count_ignored, recount_engaged

# Others wait for this worker, and the next wake-up comes in ten minutes.
STEP_SECONDS = 10.0


@shared_task(name="results.count_ignored", ignore_result=True)
def count_ignored_mails() -> None:
    """Every ten minutes: who reacted lately, then a stretch of the daily round."""
    recount_engaged(now=timezone.now())
    until = time.monotonic() + STEP_SECONDS
    while time.monotonic() < until and count_ignored(now=timezone.now()):
        pass
