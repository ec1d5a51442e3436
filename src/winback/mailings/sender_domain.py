"""What the DNS says about a sender's domain: SPF, DKIM, DMARC."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

import dns.exception
import dns.resolver
from django.utils.translation import gettext as _

from winback.core import dkim
from winback.core.dkim_config import DkimKey

TIMEOUT_SECONDS = 2.0


class DomainFinding(enum.StrEnum):
    FOUND = "found"
    MISSING = "missing"
    OTHER_KEY = "other_key"  # a record is there, and holds another key
    UNUSABLE = "unusable"  # our own key cannot be read
    UNSIGNED = "unsigned"  # we have keys, and none for this domain
    NOT_OURS = "not_ours"  # who sends our mail signs it, or nobody
    NOT_REACHED = "not_reached"


Line = tuple[str, DomainFinding, str]  # spf, dkim or dmarc; what; in words


class DnsNotReachedError(Exception):
    """No answer from the DNS: neither yes nor no."""


def check_domain(domain: str, *, keys: Sequence[DkimKey]) -> Iterator[Line]:
    """A line each for SPF and DMARC, and one for each key that signs for it.

    ``keys`` are all keys there are. Waits at most two seconds for each line.
    """
    yield _record("spf", "SPF", domain, "v=spf1")
    yield from _keys(domain, keys)
    yield _record("dmarc", "DMARC", f"_dmarc.{domain}", "v=DMARC1")


def key_state(key: DkimKey) -> tuple[DomainFinding, str]:
    """Whether the DNS knows a key of ours, and why it cannot be used if it cannot.

    Never raises.
    """
    try:
        private = dkim.load_key(key).private
        records = txt_records(dkim.record_name(key))
    except dkim.DkimKeyError as error:
        return DomainFinding.UNUSABLE, str(error)
    except DnsNotReachedError:
        return DomainFinding.NOT_REACHED, ""
    if dkim.is_published(private, records):
        return DomainFinding.FOUND, ""
    return DomainFinding.OTHER_KEY if records else DomainFinding.MISSING, ""


def txt_records(name: str) -> list[str]:
    """The TXT records of a name; empty if it has none.

    Raises DnsNotReachedError when nothing answers in two seconds, and for a name
    that cannot be asked for.
    """
    try:
        answers = dns.resolver.resolve(name, "TXT", lifetime=TIMEOUT_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, UnicodeError) as error:
        raise DnsNotReachedError from error
    return [b"".join(answer.strings).decode("utf-8", "replace") for answer in answers]


def _record(kind: str, label: str, name: str, sought: str) -> Line:
    words = {"label": label, "name": name}
    try:
        texts = txt_records(name)
    except DnsNotReachedError:
        text = _("%(label)s: not checked, the DNS could not be reached.") % words
        return kind, DomainFinding.NOT_REACHED, text
    if any(sought in text for text in texts):
        text = _("%(label)s: found at %(name)s.") % words
        return kind, DomainFinding.FOUND, text
    text = _(
        "%(label)s: no record at %(name)s. Mail programs may distrust this sender."
    )
    return kind, DomainFinding.MISSING, text % words


def _keys(domain: str, keys: Sequence[DkimKey]) -> Iterator[Line]:
    if not keys:
        text = _("DKIM: not signed by Winback; the mail server has to sign.")
        yield "dkim", DomainFinding.NOT_OURS, text
        return
    mine = dkim.keys_for(keys, domain)
    if not mine:
        text = _(
            "DKIM: there is no key for %(domain)s, so its mails are not signed by "
            "Winback."
        )
        yield "dkim", DomainFinding.UNSIGNED, text % {"domain": domain}
    for key in mine:
        finding, _why = key_state(key)
        words = {"name": dkim.record_name(key), "label": "DKIM"}
        yield "dkim", finding, _key_text(finding) % words


def _key_text(finding: DomainFinding) -> str:
    return {
        DomainFinding.FOUND: _("%(label)s: found at %(name)s."),
        DomainFinding.MISSING: _(
            "%(label)s: no record at %(name)s. Mail programs may distrust this sender."
        ),
        DomainFinding.OTHER_KEY: _(
            "DKIM: the record at %(name)s holds another key, so every signature "
            "would be found wrong."
        ),
        DomainFinding.UNUSABLE: _(
            "DKIM: the key for %(name)s cannot be used, and the mailing would wait. "
            "The administrator sees why with winback doctor."
        ),
        DomainFinding.NOT_REACHED: _(
            "%(label)s: not checked, the DNS could not be reached."
        ),
    }[finding]
