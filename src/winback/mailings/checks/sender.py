"""Who the mailing is from, and whether the world believes it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from winback.core.addresses import parse_address
from winback.core.config import is_loopback
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.core.sender_urls import sender_url_for
from winback.mailings.check_lines import CheckLine, Level, bad, good, unknown, warn
from winback.mailings.checks.written import Written
from winback.mailings.models import Mailing
from winback.mailings.sender_domain import DomainFinding, check_domain


def sender_line(mailing: Mailing) -> CheckLine:
    if parse_address(mailing.from_address).status != "ok":
        return bad("sender", _("There is no valid from address."), "id_from_address")
    if not mailing.from_name:
        text = _("There is no from name; people see the bare address.")
        return warn("sender", text, "id_from_name")
    text = _("From %(name)s <%(address)s>.")
    names = {"name": mailing.from_name, "address": mailing.from_address}
    return good("sender", text % names)


def reply_line(mailing: Mailing) -> CheckLine:
    if not mailing.reply_to:
        text = _("Replies come back to Winback and are counted.")
        return good("reply_to", text)
    domain = mailing.reply_to.rpartition("@")[2]
    if domain == settings.CONFIG.inbound_domain:
        return good("reply_to", _("The reply address is read by Winback."))
    text = _(
        "Winback does not read %(address)s: replies sent there are not counted "
        "and restore nobody. Leave the field empty to have them counted."
    )
    return warn("reply_to", text % {"address": mailing.reply_to}, "id_reply_to")


def postal_line(written: list[Written], installation: Installation) -> CheckLine:
    """Whether the mail says where its sender is, as many countries' laws demand.

    (The United States' CAN-SPAM Act, 15 U.S.C. 7704(a)(5), is the best known.)
    """
    if not installation.postal_address.strip():
        text = _(
            "Your postal address is not known, so the mail cannot show it. Many "
            "countries demand it in advertising."
        )
        return CheckLine(
            key="postal_address", level=Level.WARN, text=text, is_for_settings=True
        )
    address = _letters(installation.postal_address)
    silent = [one for one in written if address not in _letters(one.mail.text)]
    if silent:
        text = _(
            "The mail does not show your postal address. Put "
            "{{ company.postal_address }} at its end."
        )
        names = [one.name for one in silent if one.is_one_of_many]
        return warn("postal_address", text, "id_body", names)
    return good("postal_address", _("Your postal address is there."))


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def domain_lines(mailing: Mailing) -> Iterator[CheckLine]:
    """SPF, DKIM, DMARC. Waits for the DNS, two seconds a line at most."""
    domain = mailing.from_address.rpartition("@")[2]
    if not domain:
        return
    if settings.CONFIG.demo or _mail_stays_here():
        text = _("SPF, DKIM and DMARC: not checked, mail does not leave this machine.")
        yield unknown("domain", text)
        return
    levels = {
        DomainFinding.FOUND: Level.GOOD,
        DomainFinding.NOT_REACHED: Level.UNKNOWN,
        DomainFinding.NOT_OURS: Level.UNKNOWN,
    }
    # A provider writes the mail anew, and signs it.
    url = sender_url_for(domain, settings.CONFIG.email_urls) or ""
    keys = () if is_provider_url(url) else settings.CONFIG.dkim
    for name, finding, text in check_domain(domain, keys=keys):
        level = levels.get(finding, Level.WARN)
        cure = "id_from_address" if level is Level.WARN else ""
        yield CheckLine(key=name, level=level, text=text, cure=cure)


def _mail_stays_here() -> bool:
    hosts = [urlsplit(url).hostname or "" for url in settings.CONFIG.email_urls]
    return all(map(is_loopback, hosts))
