"""What a person says on the page behind a mail's unsubscribe link, and by one click
in a mail program."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from winback.consent.models import (
    BlacklistReason,
    EntryKind,
    OptOut,
    Preference,
    Topic,
    WishKind,
)
from winback.consent.queries import entries_against, topics_in_use
from winback.consent.rules import Frequency
from winback.consent.services import (
    Said,
    blacklist_address,
    choose_frequency,
    end_pause,
    lift_blacklist,
    opt_in,
    opt_out,
    pause,
    record_wish,
    take_back_wishes,
)
from winback.mailings.models import Recipient

MAX_REASON = 500


class Wish(enum.StrEnum):
    TOPIC = "topic"
    PAUSE = "pause"
    NEVER = "never"
    UNDO = "undo"
    CHOOSE = "choose"  # which topics, and how often


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page's form of topics and frequency says."""

    topic_ids: frozenset[int]
    frequency: Frequency | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a person now: the last word is kept, GET only reads it."""

    opted_out: bool  # of the mailing's own topic
    opted_out_until: datetime | None
    paused_until: datetime | None  # None too when a pause is over
    frequency: Frequency | None
    topics: list[tuple[Topic, bool]]  # those in use, and whether they are wanted
    is_blacklisted: bool
    # Only what this page did may be undone on this page: an address that does
    # not exist stays on the blacklist whatever its owner clicks.
    may_undo: bool

    @property
    def is_refusing(self) -> bool:
        return self.opted_out or self.paused_until is not None or self.is_blacklisted


def standing_of(recipient: Recipient, *, now: datetime) -> Standing:
    """Four queries, however many topics there are."""
    address = recipient.address
    opt_outs = {
        one.topic_id: one
        for one in OptOut.objects.filter(address=address)
        if one.until is None or one.until > now
    }
    entries = entries_against(address)
    preference = Preference.objects.filter(address=address).first()
    paused_until = preference.paused_until if preference else None
    gap = preference.mail_gap_days if preference else None
    own = opt_outs.get(recipient.mailing.topic_id)
    is_paused = paused_until is not None and paused_until > now
    said_here = all(
        entry.kind == EntryKind.ADDRESS and entry.reason == BlacklistReason.UNSUBSCRIBED
        for entry in entries
    )
    return Standing(
        opted_out=own is not None,
        opted_out_until=own.until if own else None,
        paused_until=paused_until if is_paused else None,
        frequency=next((one for one in Frequency if one == gap), None),
        topics=[(topic, topic.pk not in opt_outs) for topic in topics_in_use()],
        is_blacklisted=bool(entries),
        may_undo=said_here and bool(entries or own or is_paused),
    )


def fulfil(
    recipient: Recipient, wish: Wish, *, reason: str = "", code: str = "", now: datetime
) -> None:
    """Do what the person wants. A second call is harmless.

    ``code`` is one of WishReason or "". For Wish.CHOOSE see ``choose``.
    """
    words = " ".join(reason.replace("\0", "").split())[:MAX_REASON]
    said = Said(mailing_id=recipient.mailing_id, code=code, words=words)
    with transaction.atomic():
        if wish is Wish.UNDO:
            _undo(recipient, now=now)
            return
        _refuse(recipient, wish, said=said, now=now)
        _note_unsubscribed(recipient, now=now)


def choose(
    recipient: Recipient,
    choice: Choice,
    *,
    reason: str = "",
    code: str = "",
    now: datetime,
) -> None:
    """Topics and frequency as the person chose them; what is as before stays.

    Topics that the page did not offer are not touched.
    """
    words = " ".join(reason.replace("\0", "").split())[:MAX_REASON]
    said = Said(mailing_id=recipient.mailing_id, code=code, words=words)
    with transaction.atomic():
        standing = standing_of(recipient, now=now)
        _choose_topics(recipient, standing, choice.topic_ids, said=said, now=now)
        choose_frequency(recipient.address, choice.frequency, said=said, now=now)


def _choose_topics(
    recipient: Recipient,
    standing: Standing,
    wanted: Collection[int],
    *,
    said: Said,
    now: datetime,
) -> None:
    for topic, is_wanted in standing.topics:
        if topic.pk in wanted and not is_wanted:
            opt_in(recipient.address, topic, now=now)
        elif topic.pk not in wanted and is_wanted:
            _opt_out(recipient, topic, said=said, now=now)
            if topic.pk == recipient.mailing.topic_id:
                _note_unsubscribed(recipient, now=now)


def _note_unsubscribed(recipient: Recipient, *, now: datetime) -> None:
    rows = Recipient.objects.filter(pk=recipient.pk, unsubscribed_at__isnull=True)
    rows.update(unsubscribed_at=now)


def _refuse(recipient: Recipient, wish: Wish, *, said: Said, now: datetime) -> None:
    address = recipient.address
    if wish is Wish.NEVER:
        is_new = blacklist_address(
            address,
            reason=BlacklistReason.UNSUBSCRIBED,
            note=said.words,
            mailing_id=said.mailing_id,
            now=now,
        )
        if is_new:
            record_wish(address, WishKind.NEVER, said=said, now=now)
    elif wish is Wish.PAUSE:
        pause(address, said=said, now=now)
    else:
        _opt_out(recipient, recipient.mailing.topic, said=said, now=now)


def _opt_out(recipient: Recipient, topic: Topic, *, said: Said, now: datetime) -> None:
    opt_out(
        recipient.address,
        topic,
        reason=said.words,
        code=said.code,
        mailing_id=said.mailing_id,
        now=now,
    )


def _undo(recipient: Recipient, *, now: datetime) -> None:
    address = recipient.address
    opt_in(address, recipient.mailing.topic, now=now)
    end_pause(address, now=now)
    entry = next(
        (one for one in entries_against(address) if one.kind == EntryKind.ADDRESS), None
    )
    if entry and entry.reason == BlacklistReason.UNSUBSCRIBED:
        lift_blacklist(address, now=now)
        take_back_wishes(address, WishKind.NEVER, now=now)
