"""What came back, read for screens and commands."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.reactions.models import Hit, InboundMessage
from winback.reactions.rules import RULES_VERSION


def recipients_to_rejudge(*, everything: bool) -> Iterator[int]:
    """Ids of recipients with hits that older rules judged, or of all with hits."""
    hits = (
        Hit.objects.all()
        if everything
        else Hit.objects.exclude(rules_version=RULES_VERSION)
    )
    ids = hits.order_by("recipient_id").values_list("recipient_id", flat=True)
    return ids.distinct().iterator(chunk_size=2000)


def messages_visible_to(user: User) -> QuerySet[InboundMessage]:
    """Messages this person may read: all, or those about the person's own leads."""
    messages = InboundMessage.objects.defer("raw").select_related(
        "recipient__mailing", "lead"
    )
    if user.may(Right.USE_MAILINGS):
        return messages
    if user.may(Right.SEE_ALL_LEADS):
        return messages.filter(lead__isnull=False)
    return messages.filter(lead__owner=user)


def waiting_for_a_person(user: User) -> QuerySet[InboundMessage]:
    """The inbox: read by us and not understood, newest first."""
    return messages_visible_to(user).filter(
        handled_at__isnull=True, processed_at__isnull=False
    )
