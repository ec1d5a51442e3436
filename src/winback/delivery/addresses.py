"""Addresses and ids of our own that come back: bounces, replies, Message-IDs.

Each holds a signed recipient number. Mail servers may change the case of a
local part, so it is written in base32 and read in any case. Recipient 0 stands
for test mails: it parses, and belongs to nobody.
"""

from __future__ import annotations

import base64
import binascii
import enum
import re
from dataclasses import dataclass
from functools import lru_cache

import idna
from django.conf import settings

from winback.core import tokens

TEST_RECIPIENT_ID = 0
_ADDRESS = re.compile(r"\s*<?([bru])-([a-z2-7]{20,40})@([^@<>\s]+?)>?\s*", re.I)
_MESSAGE_ID = re.compile(r"\s*<?([a-z2-7]{20,40})@([^@<>\s]+?)>?\s*", re.I)


class AddressKind(enum.StrEnum):
    """What a message to one of our addresses is about; the first letter tells."""

    BOUNCE = "b"
    REPLY = "r"
    UNSUBSCRIBE = "u"


_TOKEN_KINDS = {
    AddressKind.BOUNCE: "bounce",
    AddressKind.REPLY: "reply",
    AddressKind.UNSUBSCRIBE: "mail-unsubscribe",
}


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An address of ours that was checked: what it is for and whose it is."""

    kind: AddressKind
    recipient_id: int


def verp_address(recipient_id: int) -> str:
    """The envelope sender of one mail: a bounce to it names its recipient."""
    return _address(AddressKind.BOUNCE, recipient_id)


def reply_address(recipient_id: int) -> str:
    """The Reply-To of one mail where the mailing names none."""
    return _address(AddressKind.REPLY, recipient_id)


def unsubscribe_address(recipient_id: int) -> str:
    """The mailto of ``List-Unsubscribe``: any message to it is a request."""
    return _address(AddressKind.UNSUBSCRIBE, recipient_id)


def message_id(recipient_id: int) -> str:
    """The one Message-ID of a recipient's mail, the same at every attempt."""
    return f"<{_token('message', recipient_id)}@{_domain()}>"


def parse_own_address(text: str) -> OwnAddress | None:
    """What an address of ours is for, or None for anything not made by us.

    Never raises. The domain must be ours; case does not matter.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or match[3].lower() != _domain():
        return None
    kind = AddressKind(match[1].lower())
    recipient_id = _recipient_id(_TOKEN_KINDS[kind], match[2])
    return None if recipient_id is None else OwnAddress(kind, recipient_id)


def parse_verp(text: str) -> int | None:
    """The recipient whose mail bounced to this address, or None."""
    own = parse_own_address(text)
    if own is None or own.kind is not AddressKind.BOUNCE:
        return None
    return own.recipient_id


def parse_message_id(text: str) -> int | None:
    """The recipient named by a Message-ID of ours, or None. Never raises."""
    match = _MESSAGE_ID.fullmatch(text)
    if match is None or match[2].lower() != _domain():
        return None
    return _recipient_id("message", match[1])


def wire_domain(domain: str) -> str:
    """A domain as it goes over the wire: ASCII, international ones as A-labels.

    Raises ValueError for one that has no such form.
    """
    if domain.isascii():
        return domain
    return _a_label(domain)


@lru_cache(maxsize=4096)
def _a_label(domain: str) -> str:
    # idna.IDNAError is a UnicodeError, and so a ValueError.
    return idna.encode(domain, uts46=True).decode("ascii")


def _domain() -> str:
    return wire_domain(settings.CONFIG.inbound_domain).lower()


def _address(kind: AddressKind, recipient_id: int) -> str:
    return f"{kind}-{_token(_TOKEN_KINDS[kind], recipient_id)}@{_domain()}"


def _token(kind: str, recipient_id: int) -> str:
    token = tokens.sign(kind, recipient_id)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    return base64.b32encode(raw).rstrip(b"=").decode().lower()


def _recipient_id(kind: str, text: str) -> int | None:
    try:
        raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        return None
    token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    numbers = tokens.verify(kind, token, count=1)
    return None if numbers is None else numbers[0]
