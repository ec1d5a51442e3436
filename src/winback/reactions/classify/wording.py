"""Why mail bounced: servers' words and status codes, one fixed vocabulary.

The words are what several servers say in the wild; the codes RFC 3463. The
first pattern that matches decides, so the special stand before the general.
"""

from __future__ import annotations

import re

from winback.reactions.classify.phrases import PHRASES

HARD_REASONS = {"userunknown", "hostunknown", "hasmoved", "notaccept"}
# The whole vocabulary; what each word means is told in docs/reactions.md.
REASONS = frozenset(
    HARD_REASONS
    | {
        "mailboxfull",
        "mesgtoobig",
        "suspend",
        "filtered",
        "rejected",
        "blocked",
        "badreputation",
        "requireptr",
        "authfailure",
        "spamdetected",
        "virusdetected",
        "policyviolation",
        "securityerror",
        "contenterror",
        "norelaying",
        "speeding",
        "toomanyconn",
        "expired",
        "networkerror",
        "systemerror",
        "systemfull",
        "mailererror",
        "failedstarttls",
        "syntaxerror",
        "undefined",
    }
)
# They say that something went wrong, but not what: anything else tells more.
VAGUE_REASONS = {"filtered", "systemerror", "mailererror"}
# What a code about the address itself (RFC 3463, X.1.x) outweighs.
FILTER_REASONS = {"blocked", "filtered", "policyviolation", "securityerror"}

_COMPILED = [
    (reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in PHRASES
]

# RFC 3463 and the registry of RFC 5248. 5.0.0 and the like say nothing.
_BY_STATUS = {
    "1.1": "userunknown",
    "1.2": "hostunknown",
    "1.3": "userunknown",
    "1.6": "hasmoved",
    "1.8": "rejected",
    "1.7": "rejected",
    "1.10": "notaccept",
    "1.351": "userunknown",
    "2.1": "suspend",
    "2.2": "mailboxfull",
    "2.3": "mesgtoobig",
    "3.1": "systemfull",
    "3.2": "notaccept",
    "3.4": "mesgtoobig",
    "4.1": "expired",
    "4.3": "systemerror",
    "4.4": "hostunknown",
    "4.5": "systemerror",
    "4.6": "networkerror",
    "4.7": "expired",
    "7.20": "authfailure",
    "7.23": "authfailure",
    "7.25": "requireptr",
    "7.26": "authfailure",
    "7.27": "notaccept",
}
_NAMES = re.compile(
    r"(?<![^\s<\"'(\[])[^\s<>()\[\]\"'@]{1,250}+@[\w.-]{1,255}|https?://[^\s<>]{1,500}"
    r"|\bhost\s{1,8}\S{1,300}\s{1,8}said:"
)
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s-])")


def reason_in(text: str) -> str:
    """The first reason that ``text`` gives in words, or "".

    Addresses, links and who said it are left out: their names are nobody's verdict.
    """
    text = _NAMES.sub(" ", text)
    return next((reason for reason, rule in _COMPILED if rule.search(text)), "")


def status_in(text: str) -> str:
    """The first enhanced status code in ``text``; one that says nothing only last."""
    codes: list[str] = _ENHANCED.findall(text)
    telling = [code for code in codes if not code.endswith(".0.0")]
    return (telling or codes or [""])[0]


def basic_code_in(text: str) -> str:
    """The first SMTP reply code of the 4xx and 5xx kind in ``text``, or ""."""
    match = _BASIC.search(text)
    return match[1] if match else ""


def reason_of_status(status: str) -> str:
    """What an enhanced status code alone tells, or ""."""
    return _BY_STATUS.get(status[2:], "") if status[:1] in {"4", "5"} else ""


def strength(reason: str, *, status: str) -> str:
    """``hard`` if the address is dead for good, else ``soft``.

    A 4xx status never kills an address, whatever the words say.
    """
    if status.startswith("4"):
        return "soft"
    return "hard" if reason in HARD_REASONS else "soft"
