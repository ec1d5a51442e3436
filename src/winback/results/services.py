"""Crediting successes to mailings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from winback.crm.models import Lead
from winback.mailings.models import Recipient
from winback.results.models import Conversion, ConversionKind
from winback.results.queries.credit import responses_of
from winback.results.rules import Response, credited_response


def credit_restored_lead(
    lead: Lead, *, cause: dict[str, Any], at: datetime
) -> Conversion | None:
    """Credit a restored lead to the mailing that brought it back, if one did.

    A ``cause`` that names a recipient wins; else it is the last mailing to
    which the person responded within 30 days before. One credit for each lead
    and mailing: a second call is harmless.
    """
    found = _by_cause(cause, at=at) or credited_response(
        responses_of(lead, until=at), success_at=at
    )
    if found is None:
        return None
    recipient = Recipient.objects.get(pk=found.recipient_id)
    conversion, _is_new = Conversion.objects.get_or_create(
        kind=ConversionKind.LEAD_RESTORED,
        lead=lead,
        mailing_id=recipient.mailing_id,
        defaults={
            "at": at,
            "recipient": recipient,
            "why": {"response": found.kind, "responded_at": found.at.isoformat()},
        },
    )
    return conversion


def _by_cause(cause: dict[str, Any], *, at: datetime) -> Response | None:
    recipient_id: int = cause.get("recipient_id") or 0
    if not recipient_id:
        return None
    recipient = Recipient.objects.filter(pk=recipient_id).first()
    if recipient is None:
        return None
    return Response(recipient.replied_at or at, recipient.pk, "replied")
