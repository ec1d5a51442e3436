"""What the web addresses of a mail answer: asked by a worker, kept for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from winback.content.models import OutsideAddress
from winback.core.outward import Answer, Finding, MayReach, ask, is_public

GOOD_FOR = timedelta(hours=24)
BAD_FOR = timedelta(minutes=10)  # whoever mends a page wants to see it soon
KEPT_FOR = timedelta(days=90)
# How long a question waits for a worker before it is asked once more.
ASKED_AGAIN_AFTER = timedelta(seconds=30)
MOST_AT_ONCE = 8
MOST_IN_ONE_GO = 200
MOST_LENGTH = 2000


def look_up(
    urls: Iterable[str], *, now: datetime, wake: Callable[[], object]
) -> list[OutsideAddress]:
    """What is known of each address, in the order given; a worker asks the rest.

    Those with ``tried_at`` None or long ago are being asked: call again a moment
    later. ``wake`` is called when there is something to ask. An address that is
    longer than anybody's is left out.
    """
    wanted = {key_of(url): url for url in urls if len(url) <= MOST_LENGTH}
    rows = OutsideAddress.objects.filter(key__in=wanted)
    known = {row.key: row for row in rows}
    new = [
        OutsideAddress(key=key, url=url, asked_at=now)
        for key, url in wanted.items()
        if key not in known
    ]
    waiting = [
        row.pk
        for row in known.values()
        if is_due(row, now=now) and row.asked_at < now - ASKED_AGAIN_AFTER
    ]
    if new or waiting:
        OutsideAddress.objects.bulk_create(new, ignore_conflicts=True)
        OutsideAddress.objects.filter(pk__in=waiting).update(asked_at=now)
        transaction.on_commit(wake)
        known = {row.key: row for row in rows.all()}
    return [known[key] for key in wanted if key in known]


def is_due(row: OutsideAddress, *, now: datetime) -> bool:
    """Whether what is known is too old, or nothing is."""
    if row.tried_at is None:
        return True
    kept = GOOD_FOR if row.finding == Finding.ALIVE else BAD_FOR
    return row.tried_at < now - kept


def forget(urls: Iterable[str]) -> None:
    """Have those of them asked again that did not answer well."""
    rows = OutsideAddress.objects.filter(key__in=[key_of(url) for url in urls])
    rows.exclude(finding=Finding.ALIVE).delete()


def ask_waiting(*, now: datetime, may_reach: MayReach = is_public) -> int:
    """Ask what waits, several at once; how many. Forgets what nobody wants any more.

    Two workers at once ask twice and store the same.
    """
    OutsideAddress.objects.filter(asked_at__lt=now - KEPT_FOR).delete()
    waiting = list(_waiting(now)[:MOST_IN_ONE_GO])
    if not waiting:
        return 0
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        answers = pool.map(lambda row: ask(row.url, may_reach=may_reach), waiting)
        for row, answer in zip(waiting, answers, strict=True):
            _store(row, answer, now=now)
    return len(waiting)


def key_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _waiting(now: datetime) -> QuerySet[OutsideAddress]:
    """Asked for lately and not known, or known for too long; the oldest first."""
    old = Q(finding=Finding.ALIVE, tried_at__lt=now - GOOD_FOR) | Q(
        ~Q(finding=Finding.ALIVE), tried_at__lt=now - BAD_FOR
    )
    lately = now - timedelta(hours=1)
    rows = OutsideAddress.objects.filter(asked_at__gte=lately)
    return rows.filter(Q(tried_at__isnull=True) | old).order_by("asked_at", "pk")


def _store(row: OutsideAddress, answer: Answer, *, now: datetime) -> None:
    OutsideAddress.objects.filter(pk=row.pk).update(
        tried_at=now,
        finding=answer.finding,
        status=answer.status,
        size_bytes=answer.size_bytes,
    )
