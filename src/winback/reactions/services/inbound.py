"""Messages that come in: stored as they are, then read, matched and acted upon."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from winback.delivery.addresses import (
    AddressKind,
    parse_message_id,
    parse_own_address,
)
from winback.mailings.models import Recipient
from winback.reactions.classify import Classified, Kind, classify
from winback.reactions.models import InboundKind, InboundMessage
from winback.reactions.services import effects

logger = logging.getLogger(__name__)
# How long after a mail a message without our marks is still taken to be about it.
MATCH_BY_ADDRESS_WITHIN = timedelta(days=90)
MESSAGES_PER_ROUND = 200
NEEDS_A_PERSON = {InboundKind.UNKNOWN, InboundKind.CHALLENGE}


def store_message(
    raw: bytes, *, envelope_from: str, envelope_to: str, now: datetime
) -> InboundMessage | None:
    """Keep a message as it came; None if the very same one is kept already."""
    seal = b"\0".join((envelope_from.encode(), envelope_to.encode(), raw))
    try:
        with transaction.atomic():
            return InboundMessage.objects.create(
                content_hash=hashlib.sha256(seal).hexdigest(),
                received_at=now,
                envelope_from=_storable(envelope_from, 320),
                envelope_to=_storable(envelope_to, 320),
                raw=raw,
            )
    except IntegrityError:
        return None


def process_waiting_messages(*, now: datetime) -> int:
    """Read what has not been read yet; how many. A failure stops no other."""
    done = last_pk = 0
    while batch := _waiting_after(last_pk):
        for message_pk in batch:
            last_pk = message_pk
            try:
                process_message(message_pk, now=now)
                done += 1
            except Exception:
                logger.exception("Message %d could not be processed.", message_pk)
    return done


def process_message(message_pk: int, *, now: datetime) -> InboundMessage | None:
    """Read one message and let it have its effects; None if that was done before."""
    with transaction.atomic():
        message = (
            InboundMessage.objects.select_for_update()
            .filter(pk=message_pk, processed_at__isnull=True)
            .first()
        )
        if message is None:
            return None
        found = classify(bytes(message.raw))
        _write_down(message, found)
        message.processed_at = now
        if _came_before(message):
            message.reason = "duplicate"
            message.handled_at = now
        else:
            message.recipient = _match(message, found, now=now)
            message.lead = message.recipient.lead if message.recipient else None
            message.handled_at = None if _waits_for_a_person(message) else now
        message.save()
        if message.recipient and message.handled_at:
            effects.apply(message, message.recipient, found, now=now)
    return message


def settle_by_person(
    message: InboundMessage,
    kind: InboundKind,
    *,
    recipient: Recipient | None,
    now: datetime,
) -> None:
    """A person said what an unknown message is; it has the effects of that kind."""
    with transaction.atomic():
        message.kind = kind
        message.recipient = recipient or message.recipient
        message.lead = message.recipient.lead if message.recipient else message.lead
        message.handled_at = now
        message.save(update_fields=["kind", "recipient", "lead", "handled_at"])
        if message.recipient and kind != InboundKind.UNKNOWN:
            found = classify(bytes(message.raw))
            effects.apply(message, message.recipient, found, now=now)


def _waiting_after(last_pk: int) -> list[int]:
    waiting = InboundMessage.objects.filter(processed_at__isnull=True, pk__gt=last_pk)
    return list(
        waiting.order_by("pk").values_list("pk", flat=True)[:MESSAGES_PER_ROUND]
    )


def _write_down(message: InboundMessage, found: Classified) -> None:
    message.kind = InboundKind(found.kind.value)
    own = parse_own_address(message.envelope_to)
    if own and own.kind is AddressKind.UNSUBSCRIBE and found.kind in _LETTERS:
        message.kind = InboundKind.UNSUBSCRIBE
    message.message_id = _storable(found.message_id, 500)
    message.subject = _storable(found.subject, 500)
    message.bounce_kind = found.bounce
    message.reason = _storable(
        f"{found.reason}: {found.diagnostic}" if found.diagnostic else found.reason, 500
    )
    message.status_code = found.status
    message.visible_text = found.visible_text.replace("\0", "")


# Any letter to the address of List-Unsubscribe is a request, whatever it says.
_LETTERS = {Kind.REPLY, Kind.UNSUBSCRIBE, Kind.UNKNOWN}


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]


def _came_before(message: InboundMessage) -> bool:
    """Whether a message with this id was read already, for the same address."""
    if not message.message_id:
        return False
    others = InboundMessage.objects.filter(
        message_id=message.message_id,
        envelope_to=message.envelope_to,
        processed_at__isnull=False,
    )
    return others.exclude(pk=message.pk).exists()


def _match(
    message: InboundMessage, found: Classified, *, now: datetime
) -> Recipient | None:
    """Whose mail this is about: by our address, by our Message-ID, else by address."""
    own = parse_own_address(message.envelope_to)
    ids = [own.recipient_id] if own else []
    ids += [
        recipient_id
        for mentioned in found.mentioned_ids
        if (recipient_id := parse_message_id(mentioned)) is not None
    ]
    if ids:
        return (
            Recipient.objects.select_related("lead", "mailing")
            .filter(pk=ids[0])
            .first()
        )
    address = (found.recipients or [found.from_address])[0]
    return _last_mailed(address, now=now) if address else None


def _last_mailed(address: str, *, now: datetime) -> Recipient | None:
    sent = Recipient.objects.select_related("lead", "mailing").filter(
        address=address,
        fate="sent",
        sent_at__gte=now - MATCH_BY_ADDRESS_WITHIN,
        sent_at__lte=now,
    )
    return sent.order_by("-sent_at").first()


def _waits_for_a_person(message: InboundMessage) -> bool:
    if message.kind in NEEDS_A_PERSON:
        return True
    # A test mail's answers belong to nobody, and nobody needs to look at them.
    own = parse_own_address(message.envelope_to)
    return message.recipient is None and (own is None or own.recipient_id != 0)
