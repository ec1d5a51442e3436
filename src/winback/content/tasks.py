"""Celery wakes a worker up; the rows say which addresses wait."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from winback.content import outside


@shared_task(name="content.ask_outside_addresses", ignore_result=True)
def ask_outside_addresses() -> None:
    """Ask the addresses that somebody waits for. Harmless to call twice."""
    outside.ask_waiting(now=timezone.now())
