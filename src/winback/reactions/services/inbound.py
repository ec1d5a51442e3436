"""Messages that come in: stored as they are, then read, matched and acted upon."""

from __future__ import annotations

import hashlib
import logging
from datetime import date, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses
from typing import NamedTuple

from django.db import IntegrityError, transaction

from winback.accounts.models import User
from winback.core import audit
from winback.core.databases import take_turns
from winback.delivery.addresses import (
    TEST_RECIPIENT_ID,
    AddressKind,
    parse_own_address,
)
from winback.reactions.classify import Classified, Kind, classify
from winback.reactions.models import InboundKind, InboundMessage, Source
from winback.reactions.services import effects, events
from winback.reactions.services.matching import Target, match

logger = logging.getLogger(__name__)
MESSAGES_PER_ROUND = 200
NEEDS_A_PERSON = {InboundKind.UNKNOWN, InboundKind.CHALLENGE}
HEADER_BYTES = 256 * 1024
# Where servers note to whom they really delivered, then what the writer said.
_DELIVERED_TO = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To")
_WRITTEN_TO = ("To", "Cc")


class Envelope(NamedTuple):
    """Who sent a message to whom, as far as is known; "" for what is not."""

    sender: str
    recipient: str


def envelope_in(raw: bytes) -> Envelope:
    """The envelope as a delivered message's own header tells it. Never raises.

    Of all addresses in it one of ours wins: it says what the message is about.
    """
    try:
        header = BytesHeaderParser(policy=compat32).parsebytes(raw[:HEADER_BYTES])
        values = [
            str(value)
            for name in (*_DELIVERED_TO, *_WRITTEN_TO)
            for value in header.get_all(name, [])
        ]
        found = [address for _name, address in getaddresses(values) if address]
        back = getaddresses([str(header.get("Return-Path", ""))])
    except Exception:  # the bytes come from anywhere
        return Envelope("", "")
    own = next((one for one in found if parse_own_address(one)), "")
    return Envelope(back[0][1] if back else "", own)


def store_message(
    raw: bytes,
    *,
    envelope_from: str,
    envelope_to: str,
    now: datetime,
    source: Source = Source.SMTP,
    provider: str = "",
    identity: bytes | None = None,
) -> InboundMessage | None:
    """Keep a message as it came; None if the very same one is kept already.

    ``identity`` says what makes it the same one, where its bytes do not.
    """
    seal = identity or _seal(raw, envelope_from, envelope_to)
    try:
        with transaction.atomic():
            return InboundMessage.objects.create(
                content_hash=hashlib.sha256(seal).hexdigest(),
                received_at=now,
                source=source,
                provider=provider,
                envelope_from=_storable(envelope_from, 320),
                envelope_to=_storable(envelope_to, 320),
                raw=raw,
            )
    except IntegrityError:
        return None


def known_message(
    raw: bytes, *, envelope_from: str, envelope_to: str
) -> InboundMessage | None:
    """The message that ``store_message`` would not store again."""
    digest = hashlib.sha256(_seal(raw, envelope_from, envelope_to)).hexdigest()
    return InboundMessage.objects.defer("raw").filter(content_hash=digest).first()


def _seal(raw: bytes, envelope_from: str, envelope_to: str) -> bytes:
    return b"\0".join((envelope_from.encode(), envelope_to.encode(), raw))


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
        message.processed_at = now
        if message.source == Source.EVENT:
            events.process(message, now=now)
        else:
            _process_letter(message, now=now)
    return message


def settle_by_person(
    message: InboundMessage,
    kind: InboundKind,
    *,
    target: Target | None,
    by: User | None,
    now: datetime,
) -> bool:
    """A person said what a message is; it has the effects of that kind.

    False if somebody else settled it a moment before.
    """
    with transaction.atomic():
        waiting = InboundMessage.objects.select_for_update().filter(
            pk=message.pk, handled_at__isnull=True
        )
        if not waiting.exists():
            return False
        message.kind = kind
        message.recipient = target.recipient if target else message.recipient
        message.lead = target.lead if target else message.lead
        message.handled_at = now
        message.save(update_fields=["kind", "recipient", "lead", "handled_at"])
        audit.record(
            "inbox.settle",
            actor=by,
            subject="message",
            subject_id=message.pk,
            at=now,
            kind=str(kind),
            address=target.address if target else "",
        )
        if target and kind != InboundKind.UNKNOWN:
            found = read_again(message)
            if kind == InboundKind.BOUNCE and not message.bounce_kind:
                message.bounce_kind = "hard"  # the button says so
                message.save(update_fields=["bounce_kind"])
            effects.apply(message, target, found, now=now)
    return True


def read_again(message: InboundMessage) -> Classified:
    """What the stored bytes say; of a provider's news what it says."""
    if message.source == Source.EVENT:
        return events.classified(bytes(message.raw))
    return classify(bytes(message.raw))


def _process_letter(message: InboundMessage, *, now: datetime) -> None:
    found = classify(bytes(message.raw))
    _write_down(message, found)
    if _came_before(message):
        message.reason = "duplicate"
        message.handled_at = now
        message.save()
        return
    target = match(message, found, now=now)
    message.recipient = target.recipient if target else None
    message.lead = target.lead if target else None
    message.handled_at = None if _waits_for_a_person(message) else now
    message.save()
    if target and message.handled_at:
        effects.apply(message, target, found, now=now)


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
    message.sender = _storable(found.from_address, 320)
    message.subject = _storable(found.subject, 500)
    message.bounce_kind = found.bounce
    message.reason = _storable(
        f"{found.reason}: {found.diagnostic}" if found.diagnostic else found.reason, 500
    )
    message.status_code = _storable(found.status, 20)
    message.visible_text = found.visible_text.replace("\0", "")
    returns_on = getattr(found, "returns_on", None)
    is_day = isinstance(returns_on, date) and message.kind == InboundKind.AUTO_REPLY
    message.returns_on = returns_on if is_day else None


# Any letter to the address of List-Unsubscribe is a request, whatever it says.
_LETTERS = {Kind.REPLY, Kind.UNSUBSCRIBE, Kind.UNKNOWN}


def _storable(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]


def _came_before(message: InboundMessage) -> bool:
    """Whether a message with this id was read already, for the same address."""
    if not message.message_id:
        return False
    take_turns(f"message {message.message_id}")  # it may come by two roads at once
    others = InboundMessage.objects.filter(
        message_id=message.message_id,
        envelope_to=message.envelope_to,
        processed_at__isnull=False,
    )
    return others.exclude(pk=message.pk).exists()


def _waits_for_a_person(message: InboundMessage) -> bool:
    if message.kind in NEEDS_A_PERSON:
        return True
    # A test mail's answers belong to nobody, and nobody needs to look at them.
    own = parse_own_address(message.envelope_to)
    is_test = own is not None and own.recipient_id == TEST_RECIPIENT_ID
    return message.recipient is None and message.lead is None and not is_test
