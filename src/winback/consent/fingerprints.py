"""Addresses that are known again without being kept: keyed hashes.

``HMAC-SHA256(key of the installation, SHA-256 of the address)``. The inner hash is
the one that other systems export their lists with, so that such a list can be
taken over without its addresses. A key that was replaced must be kept among the
former ones (``WINBACK_FORMER_SECRET_KEYS``), else its fingerprints match nobody.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

from winback.consent.rules import FINGERPRINT


def fingerprint(address: str) -> str:
    """The fingerprint of a normalised address, as it stands on the blacklist."""
    return _keyed(_plain(address), settings.SECRET_KEY)


def fingerprint_of_hash(plain_sha256: str) -> str:
    """The same, of the address's plain SHA-256 in hexadecimal digits."""
    return _keyed(plain_sha256, settings.SECRET_KEY)


def all_fingerprints(address: str) -> tuple[str, ...]:
    """What the address may stand under: one for each key, former ones included."""
    return _all(address, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


# Delivery asks twice about each mail, when claiming and right before handing over.
@lru_cache(maxsize=8192)
def _all(address: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
    plain = _plain(address)
    return tuple(_keyed(plain, secret) for secret in secrets)


def _plain(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _keyed(plain: str, secret: str) -> str:
    return FINGERPRINT + hmac.digest(_key(secret), plain.encode(), "sha256").hex()


@lru_cache(maxsize=16)
def _key(secret: str) -> bytes:
    return hashlib.sha256(b"winback.blacklist:" + secret.encode()).digest()
