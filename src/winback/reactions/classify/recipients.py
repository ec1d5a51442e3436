"""Whom a bounce speaks of: by report, by header, by where an address stands."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from flufl.bounce import scan_message

from winback.reactions.classify.addresses import addresses_in, as_address
from winback.reactions.classify.parsing import Mail, header_addresses
from winback.reactions.classify.reports import Report

ROBOTS = re.compile(
    r"mailer[-_. ]?daemon|post_?master|mdaemon@|mail delivery|mail-?system|mailerdaemon"
    r"|bounce|mail administrator|system administrator|daemon@|^$",
    re.IGNORECASE,
)
# An address that opens a line, alone or before what the server says about it.
_LISTED = re.compile(
    r"^[ \t>*|-]{0,40}(?:(?:failed |final |original )?"
    r"(?:recipient|recipients|address|user|mailbox|empf[^\s:]{1,12}|destinataire"
    r"|destinatario|получатель|одержувач|e-?mail)(?: address)?[ \t]*:[ \t]*)?"
    r"(?:\[?smtp:|mailto:|rfc822;)?[<\"'(]{0,2}"
    r"([^\s<>()\[\]{},;:\"'`|@]{1,250}@[\w.-]{1,255})[>\"')\]]{0,3}[ \t]*"
    r"(?:$|:|\.\.\.|[(<-]| \S)",
    re.IGNORECASE | re.MULTILINE,
)
_ASKED = re.compile(
    r"RCPT TO:[ \t]?<?([^\s<>\"',;]{1,250}@[\w.-]{1,255})"
    r"|^[45]\d\d (?:[45]\.\d\.\d{1,3} )?<?([^\s<>\"',;]{1,250}@[\w.-]{1,255})>?\.\.\. "
    r"|(?:reject(?:ed|s)? (?:the )?recipient|(?:e-?mail|message|mail"
    r"|delivery) (?:was )?"
    r"(?:sent )?to(?: (?:the )?(?:address|recipient|user))?:?)\s{1,3}[<\"'(]{0,2}"
    r"([^\s<>\"',;()]{1,250}@[\w.-]{1,255})",
    re.IGNORECASE | re.MULTILINE,
)
_GENERATED = re.compile(
    r"\((?:ultimately )?(?:generated|expanded) from:?[ \t]{0,3}"
    r"<?([^\s<>()]{1,250}@[\w.-]{1,255})",
    re.I,
)
# It logs a traceback for each report that one of its detectors trips over, and anybody
# can send one: that says nothing about us and would fill the log.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
# flufl.bounce reads every line of the copy too, with every detector: 2 s a MB.
MAX_SCANNED_BYTES = 300_000
MAX_SCANNED_PARTS = 50


def recipients_of(mail: Mail, reports: list[Report], words: str) -> list[str]:
    """The addresses that the bounce speaks of, surest source first; may be empty."""
    refused = [r for r in reports if r.action not in {"delivered", "relayed"}]
    sources: list[Callable[[], list[str]]] = [
        lambda: [r.recipients[0] for r in refused or reports if r.recipients],
        lambda: addresses_in(mail.header("X-Failed-Recipients")),
        lambda: _generated(words),
        lambda: _others(mail, _listed(words)),
        lambda: _others(mail, _asked(words)),
        lambda: _others(mail, _by_flufl(mail)),
        lambda: _others(mail, addresses_in(words))[:1],
        lambda: _others(mail, _of_copy(mail) or _of_copy_in_text(mail)),
        lambda: _of_copy(mail) or _of_copy_in_text(mail),
        lambda: _listed(words) + _asked(words),
    ]
    for source in sources:
        if found := source():
            return list(dict.fromkeys(found))
    return []


def _listed(words: str) -> list[str]:
    return [as_address(match[1]) for match in _LISTED.finditer(words)]


def _asked(words: str) -> list[str]:
    return [
        as_address(match[1] or match[2] or match[3]) for match in _ASKED.finditer(words)
    ]


def _generated(words: str) -> list[str]:
    """The address mailed, where an alias led on to the one that failed."""
    return [as_address(match[1]) for match in _GENERATED.finditer(words)]


def _by_flufl(mail: Mail) -> list[str]:
    """What flufl.bounce finds; it raises on some reports, which then say nothing."""
    is_large = mail.size > MAX_SCANNED_BYTES
    if is_large or len(mail.parts) + len(mail.enclosed) > MAX_SCANNED_PARTS:
        return []
    try:
        found = scan_message(mail.root)
    except Exception:  # of many classes, see its tracker
        return []
    octets = [address for address in found if isinstance(address, bytes)]
    return sorted(as_address(address.decode("ascii", "ignore")) for address in octets)


def _of_copy(mail: Mail) -> list[str]:
    return [
        address
        for enclosed in mail.enclosed
        for address in header_addresses(enclosed, "To", "Cc")
    ]


def _of_copy_in_text(mail: Mail) -> list[str]:
    found = re.findall(r"^To:[ \t]*([^\n]{1,500})", mail.text, re.I | re.M)
    return [address for line in found[:3] for address in addresses_in(line)]


def _others(mail: Mail, found: list[str]) -> list[str]:
    """Of ``found`` those that are neither sender nor addressee of the report."""
    own = set(header_addresses(mail.root, "From", "To", "Delivered-To", "Return-Path"))
    senders = {
        address
        for enclosed in mail.enclosed
        for address in header_addresses(enclosed, "From", "Return-Path")
    }
    return [
        address
        for address in found
        if address and address not in own | senders and not ROBOTS.search(address)
    ]
