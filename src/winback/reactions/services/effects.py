"""What follows from a message: for the ledger, the lead and the address.

Everything that follows leaves a ``MessageEffect`` from which it can be undone:
see ``services.undoing``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from winback.consent.models import BlacklistEntry, BlacklistReason, OptOut
from winback.consent.queries import default_topic
from winback.consent.services import blacklist_address, opt_out
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.crm.services import create_task, restore_leads
from winback.delivery.services import look_after_news
from winback.mailings.models import BounceKind, Recipient
from winback.reactions.classify import Classified
from winback.reactions.classify.complaint import TECHNICAL
from winback.reactions.models import (
    EffectKind,
    InboundKind,
    InboundMessage,
    MessageEffect,
)
from winback.reactions.rules.bounces import WITHIN, is_given_up
from winback.reactions.services.address_changes import propose_address
from winback.reactions.services.hits import mark_engaged
from winback.reactions.services.matching import Target
from winback.reactions.services.settling import settle_uncertain
from winback.reactions.services.undoing import COUNTED, undo_soft_bounces

# A return that is further away is a mistake of ours or theirs.
LONGEST_AWAY = timedelta(days=366)


def apply(
    message: InboundMessage, target: Target, found: Classified, *, now: datetime
) -> None:
    """Everything that follows from a message of its kind; dates are kept for ever.

    Locks the recipient: two messages about one mail have their effects in turn.
    """
    target = _locked(target)
    effect = _EFFECTS.get(InboundKind(message.kind))
    if effect:
        effect(message, target, found, now)
    new_address = getattr(found, "new_address", "")
    if new_address:
        propose_address(message, target, new_address, now=now)


def _locked(target: Target) -> Target:
    if target.recipient is None:
        return target
    rows = Recipient.objects.select_for_update(of=("self",))
    row = rows.select_related("lead", "mailing").get(pk=target.recipient.pk)
    return replace(target, lead=row.lead, recipient=row)


def _reply(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    lead = target.lead
    before = lead.last_engaged_at.isoformat() if lead and lead.last_engaged_at else ""
    _count(message, target, EffectKind.REPLIED, now, engaged_before=before)
    if lead is None:
        return
    mark_engaged(lead.pk, at=message.received_at)
    mailing = target.recipient.mailing if target.recipient else None
    if mailing is None or mailing.restore_on_reply:
        _restore(message, target, lead, now)
    if mailing is None or mailing.task_on_reply:
        with translation.override(_language_of_owner(lead)):
            title = _("Answer the reply of %(person)s") % {
                "person": lead.contact_name or target.address
            }
        task = create_task(lead, title=title, now=now)
        _record(message, target, EffectKind.TASK, now, task_id=task.pk)


def _restore(
    message: InboundMessage, target: Target, lead: Lead, now: datetime
) -> None:
    recipient = target.recipient
    cause = {"recipient_id": recipient.pk} if recipient else {}
    just_this = Lead.objects.filter(pk=lead.pk)
    if restore_leads(just_this, by=None, now=now, cause=cause):
        at = now.isoformat()
        _record(message, target, EffectKind.RESTORED, now, restored_at=at)


def _bounce(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    if found.final == "delayed":  # the server goes on trying
        return
    is_hard = message.bounce_kind == BounceKind.HARD
    kind = BounceKind.HARD if is_hard else BounceKind.SOFT
    _count_bounce(message, target, kind, now)
    if is_hard:
        _tell_guard(target.recipient, now)
        _never_again(message, target, BlacklistReason.HARD_BOUNCE, now)
    elif is_given_up(_soft_bounces_at(target.address, now), now=now):
        _never_again(message, target, BlacklistReason.SOFT_BOUNCES, now)


def _count_bounce(
    message: InboundMessage, target: Target, kind: BounceKind, now: datetime
) -> None:
    """One mail bounces once, however often servers and providers tell of it."""
    recipient, lead = target.recipient, target.lead
    told = MessageEffect.objects.filter(
        recipient=recipient, kind=EffectKind.BOUNCED, undone_at__isnull=True
    )
    is_first = recipient is None or not told.exists()
    _count(message, target, EffectKind.BOUNCED, now, bounce=kind.value)
    if recipient and (kind is BounceKind.HARD or not recipient.bounce_kind):
        recipient.bounce_kind = kind
        recipient.save(update_fields=["bounce_kind"])
    if lead and is_first:
        more = {"bounce_count": F("bounce_count") + 1}
        Lead.objects.filter(pk=lead.pk).update(**more)


def _complaint(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    if found.reason in TECHNICAL:
        return
    _count(message, target, EffectKind.COMPLAINED, now)
    _tell_guard(target.recipient, now)
    _never_again(message, target, BlacklistReason.COMPLAINT, now)


def _unsubscribe(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    _count(message, target, EffectKind.UNSUBSCRIBED, now)
    mailing = target.recipient.mailing if target.recipient else None
    topic = mailing.topic if mailing else default_topic()
    before = OptOut.objects.filter(address=target.address, topic=topic).first()
    opt_out(
        target.address,
        topic,
        reason=found.visible_text[:500],
        mailing_id=mailing.pk if mailing else None,
        now=now,
    )
    said = _opt_out_as_json(before)
    _record(message, target, EffectKind.OPTED_OUT, now, topic_id=topic.pk, before=said)


def _away(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    until = message.returns_on
    today = timezone.localdate(message.received_at, Installation.current().zone)
    if until is None or not today < until <= today + LONGEST_AWAY:
        return
    _record(message, target, EffectKind.AWAY, now, until_on=until)


def _delivered(
    message: InboundMessage, target: Target, found: Classified, now: datetime
) -> None:
    """What had bounced for the time being, or was uncertain, arrived in the end."""
    if target.recipient:
        settle_uncertain(message, now=now)
        undo_soft_bounces(target.recipient, before=message.received_at, now=now)


Effect = Callable[[InboundMessage, Target, Classified, datetime], None]
_EFFECTS: dict[InboundKind, Effect] = {
    InboundKind.REPLY: _reply,
    InboundKind.BOUNCE: _bounce,
    InboundKind.COMPLAINT: _complaint,
    InboundKind.UNSUBSCRIBE: _unsubscribe,
    InboundKind.AUTO_REPLY: _away,
    InboundKind.DELIVERED: _delivered,
}


def _count(
    message: InboundMessage,
    target: Target,
    kind: EffectKind,
    now: datetime,
    **details: Any,
) -> None:
    """Fill a date of the ledger's row once; later news of the kind do not move it."""
    recipient, name = target.recipient, COUNTED[kind]
    if recipient:
        empty = {"pk": recipient.pk, f"{name}__isnull": True}
        at = message.received_at
        if Recipient.objects.filter(**empty).update(**{name: at}):
            setattr(recipient, name, at)
    _record(message, target, kind, now, **details)


def _record(
    message: InboundMessage,
    target: Target,
    kind: EffectKind,
    now: datetime,
    *,
    until_on: date | None = None,
    **details: Any,
) -> None:
    MessageEffect.objects.create(
        message=message,
        kind=kind,
        address=target.address,
        recipient=target.recipient,
        lead=target.lead,
        at=now,
        until_on=until_on,
        details=details,
    )


def _tell_guard(recipient: Recipient | None, now: datetime) -> None:
    """After the commit, so that rows and mailing are never locked at once."""
    if recipient:
        transaction.on_commit(partial(look_after_news, recipient, now=now))


def _never_again(
    message: InboundMessage, target: Target, reason: BlacklistReason, now: datetime
) -> None:
    is_new = blacklist_address(
        target.address,
        reason=reason,
        note=message.reason,
        mailing_id=target.recipient.mailing_id if target.recipient else None,
        now=now,
    )
    entries = BlacklistEntry.objects.filter(address=target.address)
    entry = entries.first() if is_new else None
    entry_id = entry.pk if entry else None
    _record(message, target, EffectKind.BLACKLISTED, now, entry_id=entry_id)


def _soft_bounces_at(address: str, now: datetime) -> list[datetime]:
    """When mails to the address bounced softly, each mail once."""
    effects = MessageEffect.objects.filter(
        address=address,
        kind=EffectKind.BOUNCED,
        undone_at__isnull=True,
        message__received_at__gte=now - WITHIN,
    )
    first: dict[object, datetime] = {}
    rows = effects.values_list("recipient", "pk", "details", "message__received_at")
    for recipient_id, pk, details, at in rows:
        if details.get("bounce") == BounceKind.SOFT:
            key = recipient_id or f"effect {pk}"
            first[key] = min(at, first.get(key, at))
    return list(first.values())


def _opt_out_as_json(before: OptOut | None) -> dict[str, Any] | None:
    if before is None:
        return None
    return {
        "created_at": before.created_at.isoformat(),
        "until": before.until.isoformat() if before.until else None,
        "reason": before.reason,
        "mailing_id": before.mailing_id,
    }


def _language_of_owner(lead: Lead) -> str:
    owner = lead.owner
    return (owner.language if owner else "") or Installation.current().language
