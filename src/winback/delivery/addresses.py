"""Addresses and ids of our own that come back: bounces, replies, Message-IDs.

Each holds a signed recipient number. Mail servers may change the case of a
local part, so it is written in hexadecimal digits and read in any case.
Recipient 0 stands for test mails: it parses, and belongs to nobody.
"""

from __future__ import annotations

import base64
import enum
import re
from dataclasses import dataclass
from functools import lru_cache

import idna
from django.conf import settings

from winback.core import tokens

TEST_RECIPIENT_ID = 0
_ADDRESS = re.compile(r"\s*<?([bru])-((?:[0-9a-f]{2}){13,21})@([^@<>\s]+?)>?\s*", re.I)
_MESSAGE_ID = re.compile(r"\s*<?((?:[0-9a-f]{2}){13,21})@([^@<>\s]+?)>?\s*", re.I)


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
_MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An address of ours that was checked: what it is for and whose it is."""

    kind: AddressKind
    recipient_id: int


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """The four of one mail."""

    verp: str  # the envelope sender: a bounce to it names its recipient
    reply: str  # the Reply-To where the mailing names none
    unsubscribe: str  # the mailto of List-Unsubscribe: any message is a request
    message_id: str  # in angle brackets; the same at every attempt


class AddressWriter:
    """Writes our addresses for many recipients."""

    def __init__(self) -> None:
        self._domain = f"@{_domain()}"
        self._kinds = [tokens.TokenWriter(kind) for kind in _TOKEN_KINDS.values()]
        self._message = tokens.TokenWriter(_MESSAGE)

    def write(self, recipient: bytes) -> OwnAddresses:
        """All four for a recipient's number as ``tokens.packed`` gives it."""
        domain = self._domain
        bounce, reply, unsubscribe = [kind.raw(recipient).hex() for kind in self._kinds]
        return OwnAddresses(
            verp=f"b-{bounce}{domain}",
            reply=f"r-{reply}{domain}",
            unsubscribe=f"u-{unsubscribe}{domain}",
            message_id=f"<{self._message.raw(recipient).hex()}{domain}>",
        )


def own_addresses(recipient_id: int) -> OwnAddresses:
    """The addresses of one recipient's mail."""
    return AddressWriter().write(tokens.packed(recipient_id))


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
    return _recipient_id(_MESSAGE, match[1])


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


def _recipient_id(kind: str, digits: str) -> int | None:
    raw = bytes.fromhex(digits)
    token = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    numbers = tokens.verify(kind, token, count=1)
    return None if numbers is None else numbers[0]
