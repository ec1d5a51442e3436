"""What WINBACK_EMAIL_URL says of its senders beside where their servers are.

``smtp://host?domains=a.example,b.example&name=news&per_hour=500&per_day=5000
&warmup=2026-11-20``; the same options stand behind a provider's address. No
Django here, like in ``core.config``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from winback.core.dkim_config import ascii_domain

MOST_MAILS = 100_000_000
_OPTIONS = {"domains", "name", "per_hour", "per_day", "warmup"}
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderOptions:
    """Whom a sender serves and how much it may send; everything may be missing."""

    name: str = ""
    domains: frozenset[str] = frozenset()  # as they go over the wire
    per_hour: int | None = None
    per_day: int | None = None
    warmup_on: date | None = None  # the first day of the warm-up plan


def split_sender_url(url: str) -> tuple[str, SenderOptions]:
    """The address of the server alone, and the sender's options.

    Raises ValueError saying what is wrong with an option.
    """
    head, _mark, query = url.partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    own = {name: value for name, value in pairs if name in _OPTIONS}
    rest = [(name, value) for name, value in pairs if name not in _OPTIONS]
    return f"{head}?{urlencode(rest)}" if rest else head, _options(own)


def sender_url_for(from_domain: str, urls: Iterable[str]) -> str | None:
    """Which of the addresses is the sender of mail from a domain; None for none.

    The one that names exactly this domain, else the one that names none.
    """
    domain, others = wire_spelling(from_domain), None
    for url in urls:
        domains = split_sender_url(url)[1].domains
        if domain in domains:
            return url
        if not domains:
            others = url
    return others


def wire_spelling(domain: str) -> str:
    """A domain so that two spellings of it compare equal. Never raises."""
    text = domain.strip().lower()
    try:
        return ascii_domain(text)
    except ValueError:
        return text


def check_senders(urls: Sequence[str], problems: list[str]) -> None:
    """Adds to ``problems`` what is wrong with the options of the senders."""
    try:
        found = [split_sender_url(url)[1] for url in urls]
        refuse_ambiguity([options.name for options in found], found)
    except ValueError as error:
        problems.append(f"WINBACK_EMAIL_URL: {error}.")


def refuse_ambiguity(keys: Iterable[str], options: Sequence[SenderOptions]) -> None:
    """Raises ValueError if it cannot be told which sender is meant.

    ``keys`` are what limits are kept under; empty ones are not known yet.
    """
    if sum(not one.domains for one in options) > 1:
        raise ValueError("only one sender can be without domains=")
    for domain, count in Counter(d for one in options for d in one.domains).items():
        if count > 1:
            raise ValueError(f"two senders serve {domain}")
    for key, count in Counter(key for key in keys if key).items():
        if count > 1:
            raise ValueError(f"two senders are called {key}: give each a name=")


def _options(own: Mapping[str, str]) -> SenderOptions:
    return SenderOptions(
        name=_name(own["name"]) if "name" in own else "",
        domains=_domains(own["domains"]) if "domains" in own else frozenset(),
        per_hour=_mails(own, "per_hour"),
        per_day=_mails(own, "per_day"),
        warmup_on=_day(own["warmup"]) if "warmup" in own else None,
    )


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("name takes up to 60 of A-Z a-z 0-9 . _ -")
    return text


def _domains(text: str) -> frozenset[str]:
    domains = frozenset(wire_spelling(part) for part in text.split(",") if part.strip())
    if not domains or not all("." in domain for domain in domains):
        raise ValueError("domains is a list like a.example,b.example")
    return domains


def _mails(own: Mapping[str, str], name: str) -> int | None:
    if name not in own:
        return None
    text = own[name]
    digits = text.isascii() and text.isdigit() and len(text) <= 9
    if not digits or not 1 <= int(text) <= MOST_MAILS:
        raise ValueError(f"{name} is a number from 1 to {MOST_MAILS}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError("warmup is a day like 2026-11-20") from error
