"""Mailings under way whose sender was taken out of the settings meanwhile."""

from __future__ import annotations

from winback.delivery.senders import NoSenderError, sender_for
from winback.delivery.services.words import in_language_of
from winback.mailings.models import Mailing, MailingState


def tell_senderless() -> int:
    """Say on each mailing that no sender serves why it waits; on how many.

    It goes on by itself once a sender serves its from address again.
    """
    told = 0
    sending = Mailing.objects.filter(state=MailingState.SENDING)
    for mailing in sending.select_related("responsible"):
        if not _why_not(mailing):
            continue
        with in_language_of(mailing.responsible):
            reason = _why_not(mailing)
        rows = sending.filter(pk=mailing.pk).exclude(state_reason=reason)
        told += rows.update(state_reason=reason)
    return told


def _why_not(mailing: Mailing) -> str:
    try:
        sender_for(mailing.from_address)
    except NoSenderError as error:
        return str(error)[:500]
    return ""
