"""E-mail addresses: what people typed in, one comparable spelling out.

Syntax after RFC 5321 and RFC 5322 without what they keep for old mail only
(comments, folded white space, dotted quoted words), with the international
forms of RFC 6531 and IDNA 2008. Names are never looked up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import idna
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

MAX_ADDRESS_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets
MAX_LOCAL_LENGTH = 64  # RFC 5321, section 4.5.3.1.1
# What a cell may hold besides one address (names, further addresses) before we
# stop looking.
MAX_TEXT_LENGTH = 2000
# RFC 6761, 6762, 7686: mail cannot arrive there. ``test`` is let through: it is
# the one such name that people put real trial servers under.
NOWHERE = frozenset({"arpa", "invalid", "local", "localhost", "onion"})

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The plain addresses that nearly all are; lower case, one pass, no backtracking
# between its parts. Labels with ``--`` (IDNA) go the long way.
_PLAIN = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+([a-z]{{2,63}})")
_QUOTED_OR_SEPARATOR = re.compile(r'"(?:\\.|[^"\\])*"|[,;\r\n]')
_IN_BRACKETS = re.compile(r"<([^<>]*)>\s*$")
# Direction marks, byte order marks and spaces that come along when copying.
_EDGES = (
    " \t\r\n\u00a0\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2066\u2067\u2068\u2069"
)
_ARABIC = "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c7"
_ZWNJ_INSIDE_WORD = re.compile(rf"(?<=[{_ARABIC}])\u200c(?=[{_ARABIC}])")

Status = Literal["ok", "missing", "invalid"]


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """``normalized`` is filled exactly when ``status`` is "ok"."""

    normalized: str
    status: Status


_MISSING = ParsedAddress("", "missing")
_INVALID = ParsedAddress("", "invalid")


def parse_address(text: str) -> ParsedAddress:
    """The first address in ``text``, as two spellings of it compare equal.

    Lower case, without display name, its domain in letters (not ``xn--``).
    Quoted local parts stay quoted where they must. Never raises; parsing the
    result again gives the result. Domain literals and names without a dot are
    invalid: no customer is reached there.
    """
    typed = text.strip(_EDGES)
    if not typed:
        return _MISSING
    plain = typed.lower()
    if (match := _PLAIN.fullmatch(plain)) and _is_plain(match, plain):
        return ParsedAddress(plain, "ok")
    if len(typed) > MAX_TEXT_LENGTH:
        return _INVALID
    return _parse_thoroughly(_first_of_several(typed))


def names_one_address(text: str) -> bool:
    """Whether ``text`` names one address: of several, ``parse_address`` takes one."""
    parts = [part for part in _parts(text) if "@" in part]
    return len(parts) <= 1 and not any(map(_is_row_of_addresses, parts))


def split_addresses(text: str) -> list[str]:
    """What stands between commas, semicolons, line breaks or spaces, as typed.

    Each may be an address or not; a display name stays with its address.
    """
    found: list[str] = []
    for part in _parts(text):
        bare = part.strip(" \t\r\n,;" + _EDGES)
        found += bare.split() if _is_row_of_addresses(bare) else [bare]
    return [part for part in found if part]


def _is_plain(match: re.Match[str], plain: str) -> bool:
    return (
        plain.isascii()
        and len(match[1]) <= MAX_LOCAL_LENGTH
        and len(plain) <= MAX_ADDRESS_LENGTH
        and match[2] not in NOWHERE
        and "--" not in plain[match.end(1) :]
    )


def _first_of_several(text: str) -> str:
    """The part before the first separator outside quotes that holds an ``@``."""
    part = next((part for part in _parts(text) if "@" in part), text)
    if match := _IN_BRACKETS.search(part):
        part = match[1]
    part = part.strip(_EDGES).removeprefix("mailto:")
    return part.split()[0] if _is_row_of_addresses(part) else part


def _is_row_of_addresses(part: str) -> bool:
    words = part.split()
    return len(words) > 1 and all("@" in word for word in words)


def _parts(text: str) -> list[str]:
    cuts = [
        match.start()
        for match in _QUOTED_OR_SEPARATOR.finditer(text)
        if not match[0].startswith('"')
    ]
    starts = [0, *(cut + 1 for cut in cuts)]
    return [
        text[start:end] for start, end in zip(starts, [*cuts, len(text)], strict=True)
    ]


def _parse_thoroughly(address: str) -> ParsedAddress:
    local, at, domain = address.rpartition("@")
    if not at or (local.startswith('"') and not _is_ascii_pairs(local)):
        return _INVALID
    # The library refuses every invisible letter, but Persian spells words with
    # the zero width non-joiner: it is set aside between Arabic letters, and IDNA
    # itself says where a domain may hold it (RFC 5892, appendix A.1).
    words = _ZWNJ_INSIDE_WORD.split(local)
    joined = "\u200c" in domain
    checked = _validated("".join(words) + "@" + ("a.test" if joined else domain))
    if checked is None:
        return _INVALID
    local = local if len(words) > 1 else checked.local_part
    domain = _joined_domain(domain) if joined else checked.domain
    normalized = _lower(local) + "@" + _lower(domain)
    too_long = len(local.encode()) > MAX_LOCAL_LENGTH or len(normalized) > 254
    return _INVALID if too_long or not domain else ParsedAddress(normalized, "ok")


def _joined_domain(domain: str) -> str:
    """A domain with non-joiners as IDNA writes it, "" if it may not hold them."""
    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        return ""


def _is_ascii_pairs(quoted: str) -> bool:
    """Whether backslashes stand before ASCII only (RFC 5321, quoted-pairSMTP)."""
    return not re.search(r"\\[^ -~]", quoted)


def _validated(address: str) -> ValidatedEmail | None:
    try:
        validated = validate_email(
            address,
            check_deliverability=False,
            allow_quoted_local=True,
            test_environment=True,
            strict=True,
        )
    except (EmailNotValidError, ValueError):
        return None
    top = validated.domain.rpartition(".")
    return validated if top[0] and top[2].lower() not in NOWHERE else None


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())
