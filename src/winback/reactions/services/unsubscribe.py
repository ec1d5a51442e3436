"""What a person says on the unsubscribe page, and by one click in a mail program."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from winback.consent.models import BlacklistEntry, BlacklistReason, OptOut
from winback.consent.queries import standing_opt_outs
from winback.consent.rules import PAUSE_MONTHS, months_later
from winback.consent.services import (
    blacklist_address,
    lift_blacklist,
    opt_in,
    opt_out,
)
from winback.mailings.models import Recipient
from winback.reactions.rules.agents import is_scanner

MAX_REASON = 500


class Wish(enum.StrEnum):
    TOPIC = "topic"
    PAUSE = "pause"
    NEVER = "never"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a person now: the last word is kept, GET only reads it."""

    opt_out: OptOut | None
    is_blacklisted: bool
    # Only what this page did may be undone on this page: an address that does
    # not exist stays on the blacklist whatever its owner clicks.
    may_undo: bool

    @property
    def is_refusing(self) -> bool:
        return self.opt_out is not None or self.is_blacklisted


def standing_of(recipient: Recipient, *, now: datetime) -> Standing:
    """Two queries."""
    topic_id = recipient.mailing.topic_id
    own = standing_opt_outs(topic_id, now=now).filter(address=recipient.address)
    entry = BlacklistEntry.objects.filter(address=recipient.address).first()
    found = own.first()
    lifted = entry is None or entry.reason == BlacklistReason.UNSUBSCRIBED
    return Standing(
        opt_out=found,
        is_blacklisted=entry is not None,
        may_undo=lifted and (entry is not None or found is not None),
    )


def fulfil(
    recipient: Recipient, wish: Wish, *, reason: str = "", now: datetime
) -> None:
    """Do what the person wants. A second call is harmless."""
    reason = " ".join(reason.replace("\0", "").split())[:MAX_REASON]
    with transaction.atomic():
        if wish is Wish.UNDO:
            _undo(recipient, now=now)
            return
        _refuse(recipient, wish, reason=reason, now=now)
        Recipient.objects.filter(pk=recipient.pk, unsubscribed_at__isnull=True).update(
            unsubscribed_at=now
        )


def is_machine(user_agent: str) -> bool:
    """Whether a program that checks links sent the form, not a person."""
    return is_scanner(user_agent)


def _refuse(recipient: Recipient, wish: Wish, *, reason: str, now: datetime) -> None:
    if wish is Wish.NEVER:
        blacklist_address(
            recipient.address,
            reason=BlacklistReason.UNSUBSCRIBED,
            note=reason,
            mailing_id=recipient.mailing_id,
            now=now,
        )
        return
    opt_out(
        recipient.address,
        recipient.mailing.topic,
        until=months_later(now, PAUSE_MONTHS) if wish is Wish.PAUSE else None,
        reason=reason,
        mailing_id=recipient.mailing_id,
        now=now,
    )


def _undo(recipient: Recipient, *, now: datetime) -> None:
    opt_in(recipient.address, recipient.mailing.topic, now=now)
    entry = BlacklistEntry.objects.filter(address=recipient.address).first()
    if entry and entry.reason == BlacklistReason.UNSUBSCRIBED:
        lift_blacklist(recipient.address, now=now)
