"""Whose mail a message is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from winback.core.addresses import parse_address
from winback.crm.models import Lead
from winback.delivery.addresses import parse_message_id, parse_own_address
from winback.mailings.models import Recipient
from winback.reactions.classify import Classified
from winback.reactions.models import InboundMessage

# How long after a mail a message without our marks is still taken to be about it.
MATCH_BY_ADDRESS_WITHIN = timedelta(days=90)
SHOWN_CANDIDATES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The person that a message is about: an address, and what we know of it.

    There is a recipient where the message answers a mail of ours, a lead in
    nearly every case; an address always.
    """

    address: str  # normalised
    lead: Lead | None = None
    recipient: Recipient | None = None


def target_of(recipient: Recipient) -> Target:
    return Target(address=recipient.address, lead=recipient.lead, recipient=recipient)


def match(
    message: InboundMessage, found: Classified, *, now: datetime
) -> Target | None:
    """By our address, by our Message-ID, else by address among those mailed lately."""
    own = parse_own_address(message.envelope_to)
    ids = [own.recipient_id] if own else []
    ids += [
        recipient_id
        for mentioned in found.mentioned_ids
        if (recipient_id := parse_message_id(mentioned)) is not None
    ]
    if ids:
        return by_number(ids[0])
    address = (found.recipients or [found.from_address])[0]
    return last_mailed(address, now=now) if address else None


def by_number(recipient_id: int) -> Target | None:
    """The recipient of a number that we signed."""
    rows = Recipient.objects.select_related("lead", "mailing")
    recipient = rows.filter(pk=recipient_id).first()
    return target_of(recipient) if recipient else None


def last_mailed(address: str, *, now: datetime) -> Target | None:
    """The latest mail to this address that a message of now can be about.

    However it is written: servers name an international domain in either form.
    """
    sent = Recipient.objects.select_related("lead", "mailing").filter(
        address=parse_address(address).normalized or address,
        fate="sent",
        sent_at__gte=now - MATCH_BY_ADDRESS_WITHIN,
        sent_at__lte=now,
    )
    recipient = sent.order_by("-sent_at").first()
    return target_of(recipient) if recipient else None


def candidates(typed: str) -> list[Target]:
    """Whom a person may mean by an address: mails sent to it, latest first, then
    leads that were never mailed."""
    address = parse_address(typed).normalized
    if not address:
        return []
    sent = (
        Recipient.objects.select_related("lead", "mailing")
        .filter(address=address, fate="sent")
        .order_by("-sent_at")[:SHOWN_CANDIDATES]
    )
    mailed = [target_of(recipient) for recipient in sent]
    known = {target.lead.pk for target in mailed if target.lead}
    leads = Lead.objects.filter(email_normalized=address).exclude(pk__in=known)
    return mailed + [
        Target(address=address, lead=lead)
        for lead in leads.order_by("-pk")[:SHOWN_CANDIDATES]
    ]
