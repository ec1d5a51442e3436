"""What came back, read for screens and commands."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime

from django.db.models import Max, Min, QuerySet

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.consent.queries import in_batches
from winback.reactions.models import (
    AddressChange,
    EffectKind,
    Hit,
    HitKind,
    InboundMessage,
    MessageEffect,
    Verdict,
)
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


def recipients_with_unknown_hits(kind: HitKind) -> QuerySet[Hit, int | None]:
    """Recipients one of whose hits is judged to be nobody's in particular."""
    return _unknown_hits().filter(kind=kind).values_list("recipient_id", flat=True)


def first_unknown_hits(
    recipient_ids: Collection[int],
) -> dict[int, list[tuple[HitKind, datetime]]]:
    """When each first opened and clicked without saying who it is. One query."""
    hits = _unknown_hits().filter(recipient_id__in=recipient_ids).order_by()
    first = hits.values_list("recipient_id", "kind").annotate(first_at=Min("at"))
    found: dict[int, list[tuple[HitKind, datetime]]] = {}
    for recipient_id, kind, at in first:
        found.setdefault(recipient_id, []).append((HitKind(kind), at))
    return found


def _unknown_hits() -> QuerySet[Hit]:
    return Hit.objects.filter(verdict=Verdict.UNKNOWN, rules_version__gt=0)


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


def away_until(address: str, *, today: date) -> date | None:
    """The day on which somebody who is away reads mail again, None if at work.

    The latest day that an automatic reply named, if it is after ``today``.
    """
    return away_until_by_address([address], today=today).get(address)


def away_until_by_address(
    addresses: Collection[str], *, today: date
) -> dict[str, date]:
    """Who of the normalised ``addresses`` is away after ``today``, and until when.

    One query for up to ten thousand addresses.
    """
    found: dict[str, date] = {}
    for batch in in_batches(addresses):
        away = MessageEffect.objects.filter(
            address__in=batch,
            kind=EffectKind.AWAY,
            undone_at__isnull=True,
            until_on__gt=today,
        )
        latest = away.order_by().values("address").annotate(day=Max("until_on"))
        found |= dict(latest.values_list("address", "day"))
    return found


def open_address_changes() -> QuerySet[AddressChange]:
    """Proposals that wait for a person, oldest first."""
    waiting = AddressChange.objects.filter(settled_at__isnull=True)
    return waiting.select_related("lead", "message").order_by("pk")
