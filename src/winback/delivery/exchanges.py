"""Who runs the mail servers of a domain: its MX records, asked in the DNS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.resolver
from django.conf import settings

from winback.delivery.addresses import wire_domain

TIMEOUT_SECONDS = 3.0
AT_ONCE = 16
Exchanges = list[tuple[int, str]]
Ask = Callable[[str], Exchanges | None]


def may_ask() -> bool:
    """Never in demo mode, and only where the machine knows a resolver."""
    if settings.CONFIG.demo:
        return False
    try:
        dns.resolver.get_default_resolver()
    except dns.resolver.NoResolverConfiguration:
        return False
    return True


def ask_exchanges(domain: str) -> Exchanges | None:
    """The MX records of a domain (preference, host); empty if there are none.

    None if the DNS did not answer: that says nothing about the domain.
    """
    try:
        answer = dns.resolver.resolve(
            wire_domain(domain), "MX", lifetime=TIMEOUT_SECONDS
        )
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError):
        return None
    return [(record.preference, str(record.exchange)) for record in answer]


def ask_all(
    domains: Sequence[str], *, ask: Ask = ask_exchanges
) -> Iterator[tuple[str, Exchanges]]:
    """What the DNS says of many domains, several asked at once.

    Domains without an answer are left out. Stops when a whole batch got none:
    the DNS is away, and each silence would cost its full time.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(domains), AT_ONCE):
            batch = domains[start : start + AT_ONCE]
            answers = list(pool.map(ask, batch))
            for domain, exchanges in zip(batch, answers, strict=True):
                if exchanges is not None:
                    yield domain, exchanges
            if all(exchanges is None for exchanges in answers):
                return
