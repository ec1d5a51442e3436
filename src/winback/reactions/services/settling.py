"""A mail whose hand-over is uncertain, and news that it arrived: it was sent."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from winback.accounts.models import User
from winback.core import audit
from winback.crm.models import Lead
from winback.mailings.models import Fate, Recipient
from winback.reactions.models import EffectKind, InboundMessage, MessageEffect


def settle_uncertain(message: InboundMessage, *, now: datetime) -> bool:
    """Make an uncertain mail a sent one, as of when it arrived; whether it was one.

    Undoable and audited. A mail that was made ready to be sent once more stays so.
    For use in a transaction: the row is locked.
    """
    recipient = (
        Recipient.objects.select_for_update(no_key=True)
        .filter(pk=message.recipient_id or 0, fate=Fate.UNCERTAIN)
        .first()
    )
    if recipient is None:
        return False
    at = message.received_at
    details = {
        "sent_at": at.isoformat(),
        "error": recipient.error,
        "mailed_before": _note_on_leads(recipient.address, at=at),
    }
    recipient.fate, recipient.sent_at, recipient.error = Fate.SENT, at, ""
    recipient.save(update_fields=["fate", "sent_at", "error"])
    MessageEffect.objects.create(
        message=message,
        kind=EffectKind.ARRIVED,
        address=recipient.address,
        recipient=recipient,
        lead_id=recipient.lead_id,
        at=now,
        details=details,
    )
    audit.record(
        "inbox.settle_uncertain",
        actor=None,
        subject="mailing",
        subject_id=recipient.mailing_id,
        at=now,
        address=recipient.address,
        message=message.pk,
    )
    return True


def unsettle(effect: MessageEffect, by: User | None, now: datetime) -> bool:
    """Uncertain again, unless something else became of the mail since."""
    sent_at = datetime.fromisoformat(effect.details["sent_at"])
    changed = Recipient.objects.filter(
        pk=effect.recipient_id or 0, fate=Fate.SENT, sent_at=sent_at
    ).update(fate=Fate.UNCERTAIN, sent_at=None, error=effect.details["error"])
    if not changed:
        return False
    for pk, before in effect.details["mailed_before"].items():
        Lead.objects.filter(pk=int(pk), last_mailed_at=sent_at).update(
            last_mailed_at=datetime.fromisoformat(before) if before else None
        )
    return True


def _note_on_leads(address: str, *, at: datetime) -> dict[str, str]:
    """When leads of the address were last mailed, before they learn of this mail."""
    earlier = Q(last_mailed_at__isnull=True) | Q(last_mailed_at__lt=at)
    # The first condition lets SQLite use the partial index by address.
    leads = Lead.objects.exclude(email_normalized="").filter(
        earlier, email_normalized=address
    )
    before = dict(leads.values_list("pk", "last_mailed_at"))
    Lead.objects.filter(pk__in=before).update(last_mailed_at=at)
    return {str(pk): one.isoformat() if one else "" for pk, one in before.items()}
