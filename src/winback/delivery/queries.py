"""Reads: what wants to be worked on, and how it goes."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from winback.crm.models import Lead
from winback.mailings.models import (
    STILL_TO_SEND,
    Fate,
    Mailing,
    MailingState,
    Recipient,
)


def mailings_without_open_rows() -> list[int]:
    """Mailings that are sending although everybody has a final fate."""
    open_rows = Recipient.objects.filter(mailing=OuterRef("pk"), fate__in=STILL_TO_SEND)
    sending = Mailing.objects.filter(~Exists(open_rows), state=MailingState.SENDING)
    return list(sending.values_list("pk", flat=True))


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


def mailings_testing_the_water() -> QuerySet[Mailing]:
    """Mailings that are sending to their canary, or wait for its bounces."""
    return Mailing.objects.filter(
        state=MailingState.SENDING, canary=True, watch__canary_passed_at__isnull=True
    )
