"""Whether a domain takes mail, asked in the DNS: by a worker, never while counting.

A domain takes mail that has an MX record or, without one, an address (RFC 5321,
section 5.1); one with a null MX says that it does not (RFC 7505). Silence of the
DNS says nothing about the domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.resolver
import idna
from django.conf import settings

TIMEOUT_SECONDS = 3.0
AT_ONCE = 16
Ask = Callable[[str], bool | None]


def may_ask() -> bool:
    """Never in demo mode, and only where the machine knows a resolver."""
    if settings.CONFIG.demo:
        return False
    try:
        dns.resolver.get_default_resolver()
    except dns.resolver.NoResolverConfiguration:
        return False
    return True


def takes_mail(domain: str) -> bool | None:
    """Whether mail can be sent to the domain; None if the DNS did not say."""
    try:
        name = idna.encode(domain, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    try:
        answer = dns.resolver.resolve(name, "MX", lifetime=TIMEOUT_SECONDS)
    except dns.resolver.NXDOMAIN:
        return False
    except dns.resolver.NoAnswer:
        return _has_host(name)
    except (dns.exception.DNSException, OSError, ValueError):
        return None
    return any(str(record.exchange) != "." for record in answer)


def _has_host(name: str) -> bool | None:
    for kind in ("A", "AAAA"):
        try:
            dns.resolver.resolve(name, kind, lifetime=TIMEOUT_SECONDS)
        except dns.resolver.NoAnswer:
            continue
        except (dns.exception.DNSException, OSError, ValueError):
            return None
        return True
    return False


def ask_all(
    domains: Sequence[str], *, ask: Ask = takes_mail
) -> Iterator[tuple[str, bool]]:
    """What the DNS says of many domains, several asked at once.

    Domains without an answer are left out. Stops when a whole batch got none: the
    DNS is away, and each silence would cost its full time.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(domains), AT_ONCE):
            batch = domains[start : start + AT_ONCE]
            answers = list(pool.map(ask, batch))
            for domain, answer in zip(batch, answers, strict=True):
                if answer is not None:
                    yield domain, answer
            if all(answer is None for answer in answers):
                return
