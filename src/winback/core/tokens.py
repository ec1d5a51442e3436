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
from functools import lru_cache

from django.conf import settings

SIGNATURE_BYTES = 12  # 96 bits: out of reach for guessing over a network
MAX_TOKEN_LENGTH = 64
MAX_NUMBER = 2**63 - 1


def sign(kind: str, *numbers: int, extra: str = "") -> str:
    """A URL-safe token, at most 64 characters for up to three numbers.

    ``extra`` is covered by the signature but not carried: who checks the token
    must know it. ``kind`` keeps tokens of one purpose from serving another.
    """
    payload = b"".join(_varint(number) for number in numbers)
    raw = payload + _signature(kind, payload, extra)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def verify(kind: str, token: str, *, count: int, extra: str = "") -> list[int] | None:
    """The ``count`` numbers signed into ``token``, or None for anything else.

    Never raises, whatever is given.
    """
    if not token.isascii() or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    payload, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(kind, payload, extra)):
        return None
    numbers = _varints(payload)
    # Base64 has spare bits at its end: only the one spelling we write counts.
    if len(numbers) != count or sign(kind, *numbers, extra=extra) != token:
        return None
    return numbers


def _signature(kind: str, payload: bytes, extra: str) -> bytes:
    message = b"\0".join((kind.encode(), payload, extra.encode()))
    # A mail holds twenty tokens: keyed BLAKE2 (RFC 7693) costs a third of HMAC.
    key = _key(settings.SECRET_KEY)
    return hashlib.blake2s(message, key=key, digest_size=SIGNATURE_BYTES).digest()


@lru_cache(maxsize=4)
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
