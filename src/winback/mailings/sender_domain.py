"""What the DNS says about a sender's domain: SPF, DKIM, DMARC."""

from __future__ import annotations

import enum

import dns.exception
import dns.resolver
from django.utils.translation import gettext as _

TIMEOUT_SECONDS = 2.0


class DomainFinding(enum.StrEnum):
    FOUND = "found"
    MISSING = "missing"
    NOT_REACHED = "not_reached"


Findings = dict[str, tuple[DomainFinding, str]]


def check_domain(domain: str, *, dkim_selector: str = "winback") -> Findings:
    """One finding each for spf, dkim and dmarc; at most six seconds in all."""
    asked = {
        "spf": (domain, "v=spf1", "SPF"),
        "dkim": (f"{dkim_selector}._domainkey.{domain}", "p=", "DKIM"),
        "dmarc": (f"_dmarc.{domain}", "v=DMARC1", "DMARC"),
    }
    return {
        key: _finding(name, beginning, label)
        for key, (name, beginning, label) in asked.items()
    }


def _finding(name: str, sought: str, label: str) -> tuple[DomainFinding, str]:
    words = {"label": label, "name": name}
    try:
        answers = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        texts = []
    except (dns.exception.DNSException, OSError, UnicodeError):
        text = _("%(label)s: not checked, the DNS could not be reached.") % words
        return DomainFinding.NOT_REACHED, text
    else:
        texts = [
            b"".join(answer.strings).decode("utf-8", "replace") for answer in answers
        ]
    if any(sought in text for text in texts):
        return DomainFinding.FOUND, _("%(label)s: found at %(name)s.") % words
    text = _(
        "%(label)s: no record at %(name)s. Mail programs may distrust this sender."
    )
    return DomainFinding.MISSING, text % words
