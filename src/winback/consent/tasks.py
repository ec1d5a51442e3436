"""Celery wakes the round over the leads' domains; the database says where it is."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from winback.consent.mail_domains import may_ask
from winback.consent.services.domains import learn_domains

# Others wait for this worker, and the next wake-up comes soon.
STEP_SECONDS = 10.0


@shared_task(name="consent.ask_about_domains", ignore_result=True)
def ask_about_domains() -> None:
    """Every minute: go on with the round. Never in demo mode."""
    if not may_ask():
        return
    until = time.monotonic() + STEP_SECONDS
    while time.monotonic() < until and learn_domains(now=timezone.now()):
        pass
