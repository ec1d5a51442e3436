"""What a person did with our mails before a success."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from winback.crm.models import Lead
from winback.mailings.models import Fate, Recipient
from winback.reactions.models import Hit, HitKind, InboundKind, InboundMessage, Verdict
from winback.results.rules import CREDIT_WINDOW, Response

_DATES = {"opened_at": "opened", "clicked_at": "clicked", "replied_at": "replied"}


def responses_of(lead: Lead, *, until: datetime) -> Iterator[Response]:
    """Every opening, click and answer by the lead's person in the window.

    By recipient: the lead's own rows and those of its address.
    """
    who = Q(lead=lead)
    if lead.email_normalized:
        who |= Q(address=lead.email_normalized)
    rows = Recipient.objects.filter(who, fate=Fate.SENT, sent_at__lte=until)
    recipients = {row.pk: row for row in rows}
    since = until - CREDIT_WINDOW
    for row in recipients.values():
        for name, kind in _DATES.items():
            if at := getattr(row, name):
                yield Response(at, row.pk, kind)
    hits = Hit.objects.filter(
        recipient__in=recipients, verdict=Verdict.PERSON, at__range=(since, until)
    )
    for pk, kind, at in hits.values_list("recipient_id", "kind", "at"):
        yield Response(at, pk, "clicked" if kind == HitKind.CLICK else "opened")
    replies = InboundMessage.objects.filter(
        recipient__in=recipients,
        kind=InboundKind.REPLY,
        received_at__range=(since, until),
    )
    for pk, at in replies.values_list("recipient_id", "received_at"):
        yield Response(at, pk or 0, "replied")
