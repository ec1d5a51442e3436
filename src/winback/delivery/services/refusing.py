"""Somebody says no while their mail waits."""

from __future__ import annotations

from collections.abc import Collection

from winback.consent.rules import Refusal
from winback.delivery.engine.claims import leave_out
from winback.mailings.models import (
    Fate,
    LeftOutReason,
    Mailing,
    MailingState,
    Recipient,
)

# Only in these can rows be ready.
_UNFINISHED = [MailingState.SENDING, MailingState.PAUSED, MailingState.STOPPED]


def leave_out_addresses(
    addresses: Collection[str], *, topic_id: int | None, refusal: Refusal
) -> int:
    """Move ready rows of these addresses out of all mailings; how many.

    ``topic_id`` None refuses everything, for the reason ``refusal``. Rows that a
    worker holds are asked about again right before they are handed over.
    """
    mailings = Mailing.objects.filter(state__in=_UNFINISHED)
    if topic_id is not None:
        mailings = mailings.filter(topic_id=topic_id)
    unfinished = list(mailings.values_list("pk", flat=True))
    if not unfinished:
        return 0
    # NOT left_out lets SQLite use the unique index by mailing and address.
    rows = Recipient.objects.exclude(fate=Fate.LEFT_OUT).filter(
        mailing_id__in=unfinished,
        address__any_of=addresses,
        fate=Fate.READY,
    )
    return leave_out(rows, LeftOutReason(refusal.value))
