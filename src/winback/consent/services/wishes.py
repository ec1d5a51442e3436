"""What people wish of our mail: about one topic, less of it, none for a while."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.consent import signals
from winback.consent.models import (
    OptOut,
    PersonWish,
    Preference,
    Topic,
    WishKind,
)
from winback.consent.queries import in_batches, topics_in_use
from winback.consent.rules import PAUSE_MONTHS, Frequency, Refusal, months_later
from winback.consent.services.blacklist import normalized_address
from winback.consent.services.facts import refresh_facts
from winback.core import audit

MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Why, and by which mailing's link; ``code`` is one of WishReason."""

    mailing_id: int | None = None
    code: str = ""
    words: str = ""


NOTHING_SAID = Said()


def opt_out(
    address: str,
    topic: Topic,
    *,
    until: datetime | None = None,
    reason: str = "",
    code: str = "",
    mailing_id: int | None = None,
    now: datetime,
) -> None:
    """No more mail about ``topic``, for good or ``until`` then; the last wish counts.

    Raises InvalidAddressError.
    """
    normalized = normalized_address(address)
    with transaction.atomic():
        OptOut.objects.update_or_create(
            address=normalized,
            topic=topic,
            defaults={
                "created_at": now,
                "until": until,
                "reason": reason[:MAX_REASON],
                "mailing_id": mailing_id,
                "batch_id": None,
            },
        )
        said = Said(mailing_id=mailing_id, code=code, words=reason)
        record_wish(normalized, WishKind.TOPIC, topic=topic, said=said, now=now)
    _tell(OptOut, normalized, Refusal.OPTED_OUT, topic_id=topic.pk, now=now)


def opt_in(address: str, topic: Topic, *, now: datetime) -> bool:
    """Take an opt-out back; False if there was none."""
    deleted, _by_model = OptOut.objects.filter(address=address, topic=topic).delete()
    if not deleted:
        return False
    take_back_wishes(address, WishKind.TOPIC, now=now)
    signals.address_accepted.send(
        sender=OptOut, addresses=[address], topic_id=topic.pk, at=now
    )
    return True


def pause(address: str, *, said: Said = NOTHING_SAID, now: datetime) -> None:
    """No mail at all for PAUSE_MONTHS. Raises InvalidAddressError."""
    normalized = normalized_address(address)
    with transaction.atomic():
        _prefer(normalized, now=now, paused_until=months_later(now, PAUSE_MONTHS))
        record_wish(normalized, WishKind.PAUSE, said=said, now=now)
    _tell(Preference, normalized, Refusal.PAUSED, topic_id=None, now=now)


def end_pause(address: str, *, now: datetime) -> bool:
    """Mail may come again; False if nothing was paused."""
    running = Preference.objects.filter(address=address, paused_until__gt=now)
    if not running.exists():
        return False
    with transaction.atomic():
        _prefer(address, now=now, paused_until=None)
        take_back_wishes(address, WishKind.PAUSE, now=now)
    signals.address_accepted.send(
        sender=Preference, addresses=[address], topic_id=None, at=now
    )
    return True


def choose_frequency(
    address: str,
    frequency: Frequency | None,
    *,
    said: Said = NOTHING_SAID,
    now: datetime,
) -> bool:
    """At most one mail a month or a quarter, or (None) as many as there are.

    False if that is how it was. Raises InvalidAddressError.
    """
    normalized = normalized_address(address)
    before = Preference.objects.filter(address=normalized).first()
    gap = int(frequency) if frequency else None
    if (before.mail_gap_days if before else None) == gap:
        return False
    with transaction.atomic():
        _prefer(normalized, now=now, mail_gap_days=gap)
        take_back_wishes(normalized, WishKind.FEWER, now=now)
        if frequency:
            record_wish(normalized, WishKind.FEWER, said=said, now=now)
    return True


@transaction.atomic
def opt_out_of_everything(
    addresses: Collection[str], *, by: User, now: datetime
) -> tuple[uuid.UUID, int]:
    """Opt many people out of every topic in use; the batch's id and their number.

    Who had opted out before keeps that. ``undo_batch`` takes exactly this back.
    """
    batch_id, topics = uuid.uuid4(), list(topics_in_use())
    number = 0
    for batch in in_batches(addresses):
        OptOut.objects.filter(address__any_of=batch, until__lte=now).delete()
        for topic in topics:
            OptOut.objects.bulk_create(
                [
                    OptOut(
                        address=address, topic=topic, created_at=now, batch_id=batch_id
                    )
                    for address in batch
                ],
                batch_size=2000,
                ignore_conflicts=True,
            )
            signals.address_refused.send(
                sender=OptOut,
                addresses=batch,
                topic_id=topic.pk,
                refusal=Refusal.OPTED_OUT,
                at=now,
            )
        number += len(batch)
    _audit_batch("consent.opt_out_batch", batch_id, number, by=by, now=now)
    return batch_id, number


@transaction.atomic
def undo_batch(batch_id: uuid.UUID, *, by: User, now: datetime) -> int:
    """Take a batch of opt-outs back; how many people, 0 the second time.

    Whoever has opted out by themselves since then stays opted out.
    """
    rows = OptOut.objects.filter(batch_id=batch_id)
    number = rows.values("address").distinct().count()
    rows.delete()
    if number:
        _audit_batch("consent.undo_batch", batch_id, number, by=by, now=now)
    return number


def record_wish(
    address: str,
    kind: WishKind,
    *,
    topic: Topic | None = None,
    said: Said = NOTHING_SAID,
    now: datetime,
) -> PersonWish:
    """Remember what was said; what holds stands in other tables."""
    return PersonWish.objects.create(
        kind=kind,
        address=address,
        topic=topic,
        mailing_id=said.mailing_id,
        reason_code=said.code,
        reason=said.words[:MAX_REASON],
        at=now,
    )


def take_back_wishes(address: str, kind: WishKind, *, now: datetime) -> None:
    """The person has thought better of it."""
    standing = PersonWish.objects.filter(address=address, kind=kind, taken_back_at=None)
    standing.update(taken_back_at=now)


def _prefer(address: str, *, now: datetime, **values: object) -> None:
    Preference.objects.update_or_create(
        address=address, defaults={**values, "changed_at": now}
    )
    refresh_facts([address])


def _tell(
    sender: type[OptOut] | type[Preference],
    address: str,
    refusal: Refusal,
    *,
    topic_id: int | None,
    now: datetime,
) -> None:
    signals.address_refused.send(
        sender=sender, addresses=[address], topic_id=topic_id, refusal=refusal, at=now
    )


def _audit_batch(
    action: str, batch_id: uuid.UUID, number: int, *, by: User, now: datetime
) -> None:
    audit.record(
        action,
        actor=by,
        subject="opt_out_batch",
        subject_id=batch_id,
        at=now,
        people=number,
    )
