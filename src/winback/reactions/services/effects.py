"""What follows from a message: for the ledger, the lead and the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from winback.consent.models import BlacklistReason
from winback.consent.services import blacklist_address, opt_out
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.crm.services import create_task, restore_leads
from winback.delivery.services import look_after_news
from winback.mailings.models import BounceKind, Recipient
from winback.reactions.classify import Classified
from winback.reactions.classify.complaint import TECHNICAL
from winback.reactions.models import InboundKind, InboundMessage
from winback.reactions.rules.bounces import WITHIN, is_given_up
from winback.reactions.services.hits import mark_engaged


def apply(
    message: InboundMessage, recipient: Recipient, found: Classified, *, now: datetime
) -> None:
    """Everything that follows from a message of its kind; dates are kept for ever."""
    effect = _EFFECTS.get(InboundKind(message.kind))
    if effect:
        effect(message, recipient, found, now)


def _reply(
    message: InboundMessage, recipient: Recipient, found: Classified, now: datetime
) -> None:
    _note_first(recipient, "replied_at", message.received_at)
    mark_engaged(recipient.lead_id, at=message.received_at)
    mailing = recipient.mailing
    if mailing.restore_on_reply:
        restore_leads(
            Lead.objects.filter(pk=recipient.lead_id),
            by=None,
            now=now,
            cause={"recipient_id": recipient.pk},
        )
    if mailing.task_on_reply:
        lead = recipient.lead
        with translation.override(_language_of_owner(lead)):
            title = _("Answer the reply of %(person)s") % {
                "person": lead.contact_name or recipient.address
            }
        create_task(lead, title=title, now=now)


def _bounce(
    message: InboundMessage, recipient: Recipient, found: Classified, now: datetime
) -> None:
    if found.final == "delayed":  # the server goes on trying
        return
    is_hard = message.bounce_kind == BounceKind.HARD
    _note_first(recipient, "bounced_at", message.received_at)
    if is_hard or not recipient.bounce_kind:
        recipient.bounce_kind = BounceKind.HARD if is_hard else BounceKind.SOFT
        recipient.save(update_fields=["bounce_kind"])
    Lead.objects.filter(pk=recipient.lead_id).update(bounce_count=F("bounce_count") + 1)
    if is_hard:
        _tell_guard(recipient, now)
        _never_again(message, recipient, BlacklistReason.HARD_BOUNCE, now)
    elif is_given_up(_soft_bounces_at(recipient.address, now), now=now):
        _never_again(message, recipient, BlacklistReason.SOFT_BOUNCES, now)


def _complaint(
    message: InboundMessage, recipient: Recipient, found: Classified, now: datetime
) -> None:
    if found.reason in TECHNICAL:
        return
    _note_first(recipient, "complained_at", message.received_at)
    _tell_guard(recipient, now)
    _never_again(message, recipient, BlacklistReason.COMPLAINT, now)


def _unsubscribe(
    message: InboundMessage, recipient: Recipient, found: Classified, now: datetime
) -> None:
    _note_first(recipient, "unsubscribed_at", message.received_at)
    opt_out(
        recipient.address,
        recipient.mailing.topic,
        reason=found.visible_text[:500],
        mailing_id=recipient.mailing_id,
        now=now,
    )


Effect = Callable[[InboundMessage, Recipient, Classified, datetime], None]
_EFFECTS: dict[InboundKind, Effect] = {
    InboundKind.REPLY: _reply,
    InboundKind.BOUNCE: _bounce,
    InboundKind.COMPLAINT: _complaint,
    InboundKind.UNSUBSCRIBE: _unsubscribe,
}


def _note_first(recipient: Recipient, name: str, at: datetime) -> None:
    """Fill a date of the ledger's row once; later news of the kind do not move it."""
    empty = {"pk": recipient.pk, f"{name}__isnull": True}
    if Recipient.objects.filter(**empty).update(**{name: at}):
        setattr(recipient, name, at)


def _tell_guard(recipient: Recipient, now: datetime) -> None:
    """After the commit, so that rows and mailing are never locked at once."""
    transaction.on_commit(partial(look_after_news, recipient, now=now))


def _never_again(
    message: InboundMessage,
    recipient: Recipient,
    reason: BlacklistReason,
    now: datetime,
) -> None:
    blacklist_address(
        recipient.address,
        reason=reason,
        note=message.reason,
        mailing_id=recipient.mailing_id,
        now=now,
    )


def _soft_bounces_at(address: str, now: datetime) -> list[datetime]:
    messages = InboundMessage.objects.filter(
        recipient__address=address,
        kind=InboundKind.BOUNCE,
        bounce_kind=BounceKind.SOFT,
        received_at__gte=now - WITHIN,
    )
    return list(messages.values_list("received_at", flat=True))


def _language_of_owner(lead: Lead) -> str:
    owner = lead.owner
    return (owner.language if owner else "") or Installation.current().language
