"""Reads: what wants to be worked on, and how it goes."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from winback.delivery.engine.claims import due_rows
from winback.delivery.limits import standing_hold
from winback.delivery.models import DeliveryRun
from winback.delivery.senders import configured_server
from winback.mailings.models import STILL_TO_SEND, Mailing, MailingState, Recipient

# Another worker joins for every so many rows that are due.
ROWS_FOR_ANOTHER_RUN = 2000
MOST_RUNS = 8


def mailings_without_open_rows() -> list[int]:
    """Mailings that are sending although everybody has a final fate."""
    open_rows = Recipient.objects.filter(mailing=OuterRef("pk"), fate__in=STILL_TO_SEND)
    sending = Mailing.objects.filter(~Exists(open_rows), state=MailingState.SENDING)
    return list(sending.values_list("pk", flat=True))


def mailings_wanting_a_run(*, now: datetime) -> list[int]:
    """Mailings with rows that are due and fewer runs than would help."""
    if standing_hold(configured_server().key, now=now) is not None:
        return []
    return [pk for pk, live in _sending_with_runs() if _may_join(pk, live, now=now)]


def wants_a_run(mailing_id: int, *, now: datetime) -> bool:
    """Whether the runner that has just ended should come back."""
    return mailing_id in mailings_wanting_a_run(now=now)


def _sending_with_runs() -> QuerySet[Mailing, tuple[int, int]]:
    live = Count("runs", filter=Q(runs__finished_at__isnull=True))
    sending = Mailing.objects.filter(state=MailingState.SENDING)
    return sending.annotate(live=live).order_by("started_at").values_list("pk", "live")


def _may_join(mailing_id: int, live: int, *, now: datetime) -> bool:
    several = connection.features.has_select_for_update_skip_locked
    if live >= (MOST_RUNS if several else 1):
        return False
    at = live * ROWS_FOR_ANOTHER_RUN
    return due_rows(mailing_id, now=now)[at : at + 1].exists()


def live_runs(mailing: Mailing) -> QuerySet[DeliveryRun]:
    """Runs on this mailing that have not finished."""
    return mailing.runs.filter(finished_at__isnull=True)
