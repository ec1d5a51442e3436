"""What the environment says of DKIM keys: WINBACK_DKIM.

No Django and no cryptography here, like in ``core.config``.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import idna

LONGEST_NAME = 253  # RFC 1035, 2.3.4, less the dots at both ends
# RFC 6376, 3.1: labels of letters, digits and hyphens; underscores are met too.
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True, order=True)
class DkimKey:
    """One key as configured: it signs for ``domain``, and for those below it."""

    domain: str  # lower case ASCII
    selector: str
    path: Path


def dkim_keys(text: str, problems: list[str]) -> tuple[DkimKey, ...]:
    """The keys of WINBACK_DKIM: ``domain:selector:path``, white space between them.

    An entry whose path has spaces stands in quotes, as in a shell. Whether the
    files are there is not looked at: that is for whoever signs, and for
    ``winback doctor``.
    """
    keys: dict[tuple[str, str], DkimKey] = {}
    try:
        entries = shlex.split(text)
    except ValueError:
        problems.append("WINBACK_DKIM: a quote is not closed.")
        return ()
    for entry in entries:
        problem, key = _dkim_key(entry)
        if key is not None and (key.domain, key.selector.lower()) in keys:
            problem, key = "stands there twice", None
        if key is None:
            problems.append(f"WINBACK_DKIM: {entry!r}: {problem}.")
        else:
            keys[key.domain, key.selector.lower()] = key
    return tuple(keys.values())


def _dkim_key(entry: str) -> tuple[str, DkimKey | None]:
    named, colon, path = entry.partition(":/")
    domain, between, selector = named.partition(":")
    if not (colon and between and path):
        return "write domain:selector:/path/of/the/key", None
    try:
        named_domain = ascii_domain(domain)
    except ValueError:
        return f"{domain!r} is no domain", None
    if not _SELECTOR.fullmatch(selector):
        return f"{selector!r} is no selector: use letters, digits and hyphens", None
    if len(f"{selector}._domainkey.{named_domain}") > LONGEST_NAME:
        return "selector and domain are too long for the DNS", None
    return "", DkimKey(named_domain, selector, Path(f"/{path}"))


def ascii_domain(domain: str) -> str:
    """A domain as the DNS knows it: lower case, international ones as A-labels.

    Raises ValueError for what is no domain.
    """
    # idna.IDNAError is a UnicodeError, and so a ValueError.
    return idna.encode(domain.removesuffix("."), uts46=True).decode("ascii").lower()
