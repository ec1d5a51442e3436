"""DKIM keys: which of them signs for a domain, and what the DNS must say of it.

No Django: the command line makes keys before there is an installation. Signing
itself is delivery's (``delivery.compose.dkim``).
"""

from __future__ import annotations

import base64
import binascii
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from winback.core.dkim_config import DkimKey, ascii_domain

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
# RFC 8301, 3.2: sign with 2048 bits at least; verifiers need not go over 4096.
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 4096
LONGEST_KEY_FILE = 65536
ED25519_SEED_BYTES = 32
_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=(.*)", re.S)


class DkimKeyError(ValueError):
    """A key cannot be used; the message says why and never what is in it."""


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A key of the configuration with its private part."""

    configured: DkimKey
    private: PrivateKey


def keys_for(keys: Iterable[DkimKey], from_domain: str) -> tuple[DkimKey, ...]:
    """The keys that sign mail from a domain; empty if none does.

    Those of the domain itself, else of its nearest parent: DMARC's relaxed
    alignment (RFC 7489, 3.1.1) accepts both. Upper case and international
    spellings are the same domain. Never raises.
    """
    try:
        labels = ascii_domain(from_domain).split(".")
    except ValueError:
        return ()
    for start in range(len(labels)):
        domain = ".".join(labels[start:])
        found = tuple(key for key in keys if key.domain == domain)
        if found:
            return found
    return ()


def load_key(key: DkimKey) -> LoadedKey:
    """The key with its private part, read anew only when its file has changed.

    Raises DkimKeyError, which names the key by its record and not by its path:
    people without rights on the machine read it.
    """
    try:
        status = key.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DkimKeyError("is not a file")
        private = _loaded(key.path, status.st_ino, status.st_mtime_ns, status.st_size)
    except (OSError, DkimKeyError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DkimKeyError(f"DKIM key {record_name(key)}: {reason}") from error
    return LoadedKey(key, private)


def is_open_to_others(path: Path) -> bool:
    """Whether people outside the file's owner and group may use it."""
    return bool(path.stat().st_mode & 0o007)


def parse_private_key(octets: bytes) -> PrivateKey:
    """An RSA key (PKCS#1 or PKCS#8 PEM) or an Ed25519 one (PEM, or base64 seed).

    Raises DkimKeyError for everything else, keys with a password and RSA keys of
    a wrong size among it.
    """
    if b"-----BEGIN" not in octets:
        return _seed(octets)
    try:
        key = load_pem_private_key(octets, password=None)
    except TypeError:
        raise DkimKeyError("has a password; take it off") from None
    except (ValueError, UnsupportedAlgorithm):
        raise DkimKeyError("is no private key in PEM form") from None
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey):
        raise DkimKeyError("is neither an RSA nor an Ed25519 key")
    if not LEAST_RSA_BITS <= key.key_size <= MOST_RSA_BITS:
        raise DkimKeyError(
            f"has {key.key_size} bits: use {LEAST_RSA_BITS} to {MOST_RSA_BITS}"
        )
    return key


def new_rsa_key() -> bytes:
    """A fresh RSA key of 2048 bits, PEM (PKCS#8): what every verifier knows."""
    return _pem(generate_private_key(public_exponent=65537, key_size=LEAST_RSA_BITS))


def new_ed25519_key() -> bytes:
    """A fresh Ed25519 key, PEM (PKCS#8): for a second signature (RFC 8463)."""
    return _pem(Ed25519PrivateKey.generate())


def record_name(key: DkimKey) -> str:
    """Where in the DNS the key's public part is looked for (RFC 6376, 3.6.2.1)."""
    return f"{key.selector}._domainkey.{key.domain}"


def record_text(private: PrivateKey) -> str:
    """The TXT record to publish (RFC 6376, 3.6.1; RFC 8463, 4)."""
    kind = "rsa" if isinstance(private, RSAPrivateKey) else "ed25519"
    return f"v=DKIM1; k={kind}; p={public_part(private)}"


def public_part(private: PrivateKey) -> str:
    """The value of the record's tag ``p``: the public key in base64."""
    public = private.public_key()
    if isinstance(private, RSAPrivateKey):
        octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(octets).decode("ascii")


def is_published(private: PrivateKey, records: Iterable[str]) -> bool:
    """Whether one of a name's TXT records holds this very key. Never raises."""
    wanted = public_part(private)
    return any("".join(_tags(text).get("p", "").split()) == wanted for text in records)


def _tags(record: str) -> dict[str, str]:
    matches = (_TAG.fullmatch(part) for part in record.split(";"))
    return {match[1]: match[2].strip() for match in matches if match}


@lru_cache(maxsize=64)
def _loaded(path: Path, _inode: int, _changed_ns: int, _size: int) -> PrivateKey:
    """Checking an RSA key costs 40 ms, so a file is read once for each state."""
    with path.open("rb") as file:
        octets = file.read(LONGEST_KEY_FILE + 1)
    if len(octets) > LONGEST_KEY_FILE:
        raise DkimKeyError("is too long for a key")
    return parse_private_key(octets)


def _seed(octets: bytes) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(b"".join(octets.split()), validate=True)
    except binascii.Error:
        seed = b""
    if len(seed) != ED25519_SEED_BYTES:
        raise DkimKeyError("is no private key: neither PEM nor an Ed25519 seed")
    return Ed25519PrivateKey.from_private_bytes(seed)


def _pem(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
