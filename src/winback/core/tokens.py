"""Short signed tokens for links in mails and for envelope addresses.

A token says "this kind of thing, these numbers" and cannot be altered or made
by anybody without the installation's key. It holds no secret, does not expire
(people click old mail for years) and is checked without a query.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache

from django.conf import settings

SIGNATURE_BYTES = 12  # 96 bits: out of reach for guessing over a network
MAX_TOKEN_LENGTH = 64
MAX_NUMBER = 2**63 - 1


class TokenWriter:
    """Writes many tokens of one kind: the key and the kind are hashed once.

    ``numbers`` come packed by ``packed``, so that a number that stands in many
    tokens is packed once as well.
    """

    __slots__ = ("_begun",)

    def __init__(self, kind: str, *, secret: str = "") -> None:
        # A mail holds twenty tokens: keyed BLAKE2 (RFC 7693) costs a third of HMAC.
        self._begun = hashlib.blake2s(
            kind.encode() + b"\0",
            key=_key(secret or settings.SECRET_KEY),
            digest_size=SIGNATURE_BYTES,
        )

    def raw(self, numbers: bytes, extra: bytes = b"") -> bytes:
        """The token's octets: the numbers and their signature."""
        signature = self._begun.copy()
        signature.update(numbers + b"\0" + extra)
        return numbers + signature.digest()

    def token(self, numbers: bytes, extra: bytes = b"") -> bytes:
        """What ``sign`` gives, as ASCII octets."""
        written = binascii.b2a_base64(self.raw(numbers, extra), newline=False)
        return written.translate(_URL_SAFE, b"=")


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def packed(*numbers: int) -> bytes:
    """Numbers as they stand in tokens. Raises ValueError for one that cannot."""
    return b"".join([_varint(number) for number in numbers])


def sign(kind: str, *numbers: int, extra: str = "") -> str:
    """A URL-safe token, at most 64 characters for up to three numbers.

    ``extra`` is covered by the signature but not carried: who checks the token
    must know it. ``kind`` keeps tokens of one purpose from serving another.
    """
    return _signed(kind, numbers, extra)


def _signed(kind: str, numbers: Sequence[int], extra: str, *, secret: str = "") -> str:
    writer = TokenWriter(kind, secret=secret)
    return writer.token(packed(*numbers), extra.encode()).decode()


def verify(kind: str, token: str, *, count: int, extra: str = "") -> list[int] | None:
    """The ``count`` numbers signed into ``token``, or None for anything else.

    Tokens that a former key of the installation signed are read like ours: mails
    stay in mailboxes longer than a key. Never raises, whatever is given.
    """
    if not token.isascii() or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    numbers = _varints(raw[:-SIGNATURE_BYTES])
    if len(numbers) != count or max(numbers) > MAX_NUMBER:
        return None
    # Compared as it is written: of the spellings that base64's spare bits and
    # the packing of numbers allow, only ours counts.
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        ours = _signed(kind, numbers, extra, secret=secret)
        if hmac.compare_digest(ours, token):
            return numbers
    return None


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"winback.tokens:" + secret.encode()).digest()


def _varint(number: int) -> bytes:
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"a token holds numbers from 0 to 2**63 - 1, not {number}")
    octets = bytearray()
    while number > 127:
        octets.append(number & 127 | 128)
        number >>= 7
    octets.append(number)
    return bytes(octets)


def _varints(payload: bytes) -> list[int]:
    numbers, number, shift = [], 0, 0
    for octet in payload:
        number |= (octet & 127) << shift
        shift += 7
        if octet < 128:
            numbers.append(number)
            number, shift = 0, 0
    return numbers
