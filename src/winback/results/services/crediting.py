"""Crediting successes to mailings."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from winback.mailings.models import Recipient
from winback.results.models import Conversion, ConversionKind
from winback.results.queries.credit import last_responses
from winback.results.rules import Response


def credit_restored_leads(
    lead_ids: Collection[int], *, cause: dict[str, Any], at: datetime
) -> None:
    """Credit restored leads to the mailings that brought them back, if any did.

    A ``cause`` that names a recipient wins; else it is the last mailing to
    which the person responded within 30 days before. One credit for each lead
    and mailing: a second call is harmless. The same few queries for one lead
    and for thousands.
    """
    named = _by_cause(cause, at=at)
    credited = (
        dict.fromkeys(lead_ids, named) if named else last_responses(lead_ids, until=at)
    )
    Conversion.objects.bulk_create(
        [
            Conversion(
                kind=ConversionKind.LEAD_RESTORED,
                at=at,
                lead_id=lead_id,
                mailing_id=found.mailing_id,
                recipient_id=found.recipient_id,
                why={"response": found.kind, "responded_at": found.at.isoformat()},
            )
            for lead_id, found in sorted(credited.items())
        ],
        ignore_conflicts=True,
    )


def withdraw_restored_leads(
    lead_ids: Collection[int], *, restored_at: datetime
) -> None:
    """A restore was undone: nobody is credited with it. A second call is harmless."""
    Conversion.objects.filter(
        kind=ConversionKind.LEAD_RESTORED, lead__in=lead_ids, at=restored_at
    ).delete()


def _by_cause(cause: dict[str, Any], *, at: datetime) -> Response | None:
    recipient_id: int = cause.get("recipient_id") or 0
    if not recipient_id:
        return None
    recipient = Recipient.objects.filter(pk=recipient_id).first()
    if recipient is None:
        return None
    return Response(
        recipient.replied_at or at, recipient.pk, "replied", recipient.mailing_id
    )
