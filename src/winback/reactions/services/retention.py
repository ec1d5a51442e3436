"""What came in is kept as it came for the retention time, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from winback.reactions.models import InboundMessage, Source

BATCH = 500


def forget_old(*, days: int, now: datetime) -> int:
    """Empty the raw bytes of messages older than ``days``; how many.

    What was read from them, and what followed, stays: the timeline and the
    figures need it, and the same message still counts once. News from providers
    from which nothing followed leave altogether. What waits for a person is never
    forgotten. Batch by batch, each its own transaction; a second call is harmless.
    """
    done = 0
    while pks := list(_old(days, now).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            chosen = InboundMessage.objects.filter(pk__in=pks)
            empty_news = chosen.filter(source=Source.EVENT, effects__isnull=True)
            leaving = list(empty_news.values_list("pk", flat=True))
            InboundMessage.objects.filter(pk__in=leaving).delete()
            chosen.update(raw=b"", forgotten_at=now)
        done += len(pks)
    return done


def _old(days: int, now: datetime) -> QuerySet[InboundMessage]:
    return InboundMessage.objects.filter(
        received_at__lt=now - timedelta(days=days),
        handled_at__isnull=False,
        forgotten_at__isnull=True,
    ).order_by("received_at")
