"""Reads: what wants to be worked on, and how it goes."""

from __future__ import annotations

import math
from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from winback.crm.models import Lead
from winback.delivery.engine.claims import due_rows
from winback.delivery.limits import standing_hold
from winback.delivery.senders import configured_server
from winback.mailings.models import (
    STILL_TO_SEND,
    Fate,
    Mailing,
    MailingState,
    Recipient,
)

# Another worker joins for every so many rows that are due.
ROWS_FOR_ANOTHER_RUN = 2000
MOST_RUNS = 8


def mailings_without_open_rows() -> list[int]:
    """Mailings that are sending although everybody has a final fate."""
    open_rows = Recipient.objects.filter(mailing=OuterRef("pk"), fate__in=STILL_TO_SEND)
    sending = Mailing.objects.filter(~Exists(open_rows), state=MailingState.SENDING)
    return list(sending.values_list("pk", flat=True))


def runs_wanted(*, now: datetime) -> dict[int, int]:
    """For each mailing with rows that are due: how many more runs would help."""
    if standing_hold(configured_server().key, now=now) is not None:
        return {}
    wanted = {
        mailing_id: _runs_that_help(mailing_id, now=now) - live
        for mailing_id, live in _sending_with_runs()
    }
    return {mailing_id: more for mailing_id, more in wanted.items() if more > 0}


def last_sent_at() -> Subquery:
    """For queries on leads: when a mail last went to the lead's address."""
    sent = Recipient.objects.filter(
        address=OuterRef("email_normalized"), fate=Fate.SENT
    )
    return Subquery(sent.order_by("-sent_at").values("sent_at")[:1])


def leads_mailed_later_than_noted() -> QuerySet[Lead]:
    """Leads whose ``last_mailed_at`` is behind the ledger; none if all is well.

    A date ahead of the ledger is fine: leads bring theirs with them, and keep
    it when their address changes.
    """
    unnoted = Q(last_mailed_at__isnull=True) | Q(last_mailed_at__lt=F("last_sent_at"))
    mailed = Lead.objects.exclude(email_normalized="").alias(
        last_sent_at=last_sent_at()
    )
    return mailed.filter(unnoted, last_sent_at__isnull=False)


def _sending_with_runs() -> QuerySet[Mailing, tuple[int, int]]:
    live = Count("runs", filter=Q(runs__finished_at__isnull=True))
    sending = Mailing.objects.filter(state=MailingState.SENDING)
    return sending.annotate(live=live).order_by("started_at").values_list("pk", "live")


def _runs_that_help(mailing_id: int, *, now: datetime) -> int:
    several = connection.features.has_select_for_update_skip_locked
    most = MOST_RUNS if several else 1
    counted = due_rows(mailing_id, now=now)[: (most - 1) * ROWS_FOR_ANOTHER_RUN + 1]
    return math.ceil(counted.count() / ROWS_FOR_ANOTHER_RUN)
