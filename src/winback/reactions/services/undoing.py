"""Taking back what followed from a message: that, and nothing else.

What somebody has changed since stays as it is; so does what another message
brought about as well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet

from winback.accounts.models import User
from winback.consent.models import BlacklistEntry, OptOut, Topic
from winback.consent.services import lift_blacklist, opt_in, opt_out
from winback.core import audit
from winback.crm.models import Lead, Task
from winback.crm.services import undo_restore
from winback.mailings.models import BounceKind, Recipient
from winback.reactions.models import (
    EffectKind,
    InboundKind,
    InboundMessage,
    MessageEffect,
)
from winback.reactions.services.settling import unsettle

# Which date of the ledger's row an effect fills.
COUNTED: dict[EffectKind, str] = {
    EffectKind.REPLIED: "replied_at",
    EffectKind.BOUNCED: "bounced_at",
    EffectKind.COMPLAINED: "complained_at",
    EffectKind.UNSUBSCRIBED: "unsubscribed_at",
}


def undo_effect(effect_pk: int, *, by: User | None, now: datetime) -> bool | None:
    """Take one effect back, audited.

    False if it was changed since, or if another message wants it too, so that it
    stays; None if it was undone before. A second call is harmless.
    """
    with transaction.atomic():
        effect = (
            MessageEffect.objects.select_for_update(of=("self",))
            .select_related("message")
            .filter(pk=effect_pk, undone_at__isnull=True)
            .first()
        )
        if effect is None:
            return None
        effect.undone_at, effect.undone_by = now, by
        effect.save(update_fields=["undone_at", "undone_by"])
        is_gone = _UNDO[EffectKind(effect.kind)](effect, by, now)
        audit.record(
            "inbox.undo",
            actor=by,
            subject="message",
            subject_id=effect.message_id,
            at=now,
            effect=effect.kind,
            address=effect.address,
            lead=effect.lead_id,
            is_gone=is_gone,
        )
    return is_gone


def undo_message(
    message: InboundMessage, *, by: User | None, now: datetime
) -> tuple[int, int]:
    """Take everything back and let the message wait for a person again.

    How many effects are gone, and how many stay because they were changed since.
    """
    with transaction.atomic():
        standing = message.effects.filter(undone_at__isnull=True).order_by("-pk")
        answers = [
            undo_effect(pk, by=by, now=now)
            for pk in standing.values_list("pk", flat=True)
        ]
        message.handled_at = None
        message.save(update_fields=["handled_at"])
        audit.record(
            "inbox.reopen",
            actor=by,
            subject="message",
            subject_id=message.pk,
            at=now,
            kind=str(InboundKind(message.kind)),
        )
    return answers.count(True), answers.count(False)


def undo_soft_bounces(recipient: Recipient, *, before: datetime, now: datetime) -> int:
    """The mail arrived after all: its soft bounces do not count; how many did."""
    soft = [
        effect
        for effect in MessageEffect.objects.filter(
            recipient=recipient,
            kind=EffectKind.BOUNCED,
            undone_at__isnull=True,
            message__received_at__lte=before,
        )
        if effect.details.get("bounce") == BounceKind.SOFT
    ]
    for bounce in soft:
        caused = MessageEffect.objects.filter(
            message=bounce.message_id,
            kind=EffectKind.BLACKLISTED,
            undone_at__isnull=True,
        )
        for pk in [*caused.values_list("pk", flat=True), bounce.pk]:
            undo_effect(pk, by=None, now=now)
    return len(soft)


def _uncount(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    """The date becomes that of the next message that says the same, or empty."""
    # Locked, so that of two that are undone at once the later one sees the other.
    recipient = (
        Recipient.objects.select_for_update()
        .filter(pk=effect.recipient_id or 0)
        .first()
    )
    if recipient is None:
        return True
    name = COUNTED[EffectKind(effect.kind)]
    if getattr(recipient, name) != effect.message.received_at:
        return True  # an earlier one filled it
    others = _others(effect).order_by("message__received_at")
    rest = others.values_list("message__received_at", flat=True).first()
    setattr(recipient, name, rest)
    recipient.save(update_fields=[name])
    return True


def _unreply(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    before = effect.details.get("engaged_before", "")
    Lead.objects.filter(
        pk=effect.lead_id or 0, last_engaged_at=effect.message.received_at
    ).update(last_engaged_at=datetime.fromisoformat(before) if before else None)
    return _uncount(effect, by, now)


def _unbounce(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    _uncount(effect, by, now)
    others = [other.details.get("bounce") for other in _others(effect)]
    recipient = effect.recipient
    if recipient:
        is_hard = BounceKind.HARD in others
        recipient.bounce_kind = (
            BounceKind.HARD if is_hard else BounceKind.SOFT if others else ""
        )
        recipient.save(update_fields=["bounce_kind"])
    # One mail counted once; without one, each message counted by itself.
    if effect.lead_id and not (recipient and others):
        counted = Lead.objects.filter(pk=effect.lead_id, bounce_count__gt=0)
        counted.update(bounce_count=F("bounce_count") - 1)
    return True


def _allow_again(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    """Only the entry that this very message made is lifted.

    If other messages say the same, one of them answers for the entry from now on.
    """
    entry_id = effect.details.get("entry_id")
    if entry_id is None:
        return False  # the address was on the blacklist before
    heir = (
        MessageEffect.objects.filter(
            address=effect.address, kind=effect.kind, undone_at__isnull=True
        )
        .exclude(pk=effect.pk)
        .first()
    )
    if heir is not None:
        heir.details = {**heir.details, "entry_id": entry_id}
        heir.save(update_fields=["details"])
        return False
    entry = BlacklistEntry.objects.filter(pk=entry_id, address=effect.address).first()
    if entry is None:
        return True  # somebody lifted it already
    return lift_blacklist(entry.address, by=by, now=now)


def _opt_in_again(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    """What the person had said before is true again."""
    topic = Topic.objects.filter(pk=effect.details.get("topic_id", 0)).first()
    if topic is None:
        return True
    ours = OptOut.objects.filter(
        address=effect.address, topic=topic, created_at=effect.at
    )
    if not ours.exists():
        return False  # the person said something else since
    before = effect.details.get("before")
    if before is None:
        return opt_in(effect.address, topic, now=now)
    until = before["until"]
    opt_out(
        effect.address,
        topic,
        until=datetime.fromisoformat(until) if until else None,
        reason=before["reason"],
        mailing_id=before["mailing_id"],
        now=datetime.fromisoformat(before["created_at"]),
    )
    return True


def _lose_again(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    if effect.lead_id is None:
        return True
    restored_at = datetime.fromisoformat(effect.details["restored_at"])
    return undo_restore(effect.lead_id, restored_at=restored_at, by=by, now=now)


def _remove_task(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    """A task that is done stays."""
    task_id = effect.details.get("task_id", 0)
    open_task = Task.objects.filter(pk=task_id, done_at__isnull=True)
    return bool(open_task.delete()[0])


def _not_away(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    InboundMessage.objects.filter(pk=effect.message_id).update(returns_on=None)
    return True


def _others(effect: MessageEffect) -> QuerySet[MessageEffect]:
    """What says the same of the same mail; where there is none, of the same lead."""
    about: dict[str, object] = {"recipient": effect.recipient_id}
    if effect.recipient_id is None:
        about = {"recipient__isnull": True, "lead": effect.lead_id}
    same = MessageEffect.objects.filter(kind=effect.kind, undone_at=None, **about)
    return same.exclude(pk=effect.pk)


Undo = Callable[[MessageEffect, User | None, datetime], bool]
_UNDO: dict[EffectKind, Undo] = {
    EffectKind.REPLIED: _unreply,
    EffectKind.BOUNCED: _unbounce,
    EffectKind.COMPLAINED: _uncount,
    EffectKind.UNSUBSCRIBED: _uncount,
    EffectKind.BLACKLISTED: _allow_again,
    EffectKind.OPTED_OUT: _opt_in_again,
    EffectKind.RESTORED: _lose_again,
    EffectKind.TASK: _remove_task,
    EffectKind.AWAY: _not_away,
    EffectKind.ARRIVED: unsettle,
}
