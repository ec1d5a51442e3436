"""What a "no" covers, as plain values."""

from __future__ import annotations

import calendar
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from winback.core.address_quality import with_parents
from winback.core.addresses import parse_address

PAUSE_MONTHS = 3
FINGERPRINT = "hmac-sha256:"
_FINGERPRINT = re.compile(r"hmac-sha256:[0-9a-f]{64}")
_PLAIN_HASH = re.compile(r"[0-9a-f]{64}")


class Refusal(enum.StrEnum):
    """Why an address may not be written to now; the strongest comes first."""

    BLACKLISTED = "blacklisted"
    OPTED_OUT = "opted_out"
    PAUSED = "paused"
    FEWER_MAILS = "fewer_mails"


class Frequency(enum.IntEnum):
    """At most one mail in so many days; people choose it by its name."""

    MONTH = 30
    QUARTER = 91


class EntryForm(enum.StrEnum):
    ADDRESS = "address"
    DOMAIN = "domain"
    FINGERPRINT = "fingerprint"
    PLAIN_HASH = "plain_hash"  # SHA-256 without a key, as other systems export


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """What a person or a file wants on the blacklist, in its comparable spelling."""

    form: EntryForm
    value: str


def read_entry(typed: str) -> ReadEntry | None:
    """An address, a domain (``example.org``, ``@example.org``, ``*.example.org``),
    a fingerprint or a plain SHA-256; None for anything else.
    """
    text = typed.strip().lower()
    if _FINGERPRINT.fullmatch(text):
        return ReadEntry(EntryForm.FINGERPRINT, text)
    if _PLAIN_HASH.fullmatch(text):
        return ReadEntry(EntryForm.PLAIN_HASH, text)
    bare = re.sub(r"^(\*?@|\*\.)", "", text)
    if "@" in bare:
        parsed = parse_address(typed)
        found = ReadEntry(EntryForm.ADDRESS, parsed.normalized)
        return found if parsed.status == "ok" else None
    # A name without a dot is a whole country or nothing.
    domain = parse_address(f"x@{bare}").normalized.removeprefix("x@")
    return ReadEntry(EntryForm.DOMAIN, domain) if domain else None


def domains_over(address: str) -> Iterator[str]:
    """The domains an entry for which blocks the address: its own and those above."""
    return with_parents(address.rpartition("@")[2])


def months_later(at: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day if it is shorter."""
    month_index = at.month - 1 + months
    year, month = at.year + month_index // 12, month_index % 12 + 1
    last_day = calendar.monthrange(year, month)[1]
    return at.replace(year=year, month=month, day=min(at.day, last_day))
