"""Looks at how mail goes out: provider and signatures. None of it raises."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.db import Error
from django.utils import timezone

from winback.core import dkim
from winback.core.dkim_config import DkimKey
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.delivery.providers.provider import (
    Provider,
    ProviderError,
    cautions,
    unknown_settings,
)
from winback.delivery.rules.limits import WARMUP_DAYS
from winback.delivery.senders import Sender, senders
from winback.delivery.smtp.servers import MailServer, ServerUrlError
from winback.mailings.sender_domain import DomainFinding, key_state
from winback.web.health.rules import Finding, State, ok, warning, wrong

TIMEOUT_SECONDS = 5
SUBJECT = "DKIM"
_ORDER = (State.WRONG, State.WARNING, State.OK)


def check_senders() -> list[Finding]:
    """One finding for each sender: who it is for, and whether its server answers."""
    try:
        found = senders()
    except ServerUrlError as error:
        cure = "Mend the environment. Mailings wait meanwhile."
        return [wrong("mail server", f"WINBACK_EMAIL_URL: {error}", cure)]
    except ValueError as error:
        cure = "Mend WINBACK_INBOUND_DOMAIN."
        return [wrong("mail server", first_line(error), cure)]
    return [_check_sender(sender) for sender in found]


def _check_sender(sender: Sender) -> Finding:
    if isinstance(sender.server, Provider):
        return _check_provider(sender.server, _about(sender))
    try:
        with _smtp(sender.server) as client:
            client.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        cure = "Start it or mend WINBACK_EMAIL_URL. Mailings wait meanwhile."
        if settings.CONFIG.demo:
            cure = "It runs with winback up."
        return wrong("mail server", f"{sender.where}: {first_line(error)}", cure)
    return ok("mail server", f"{sender.where}{_about(sender)}")


def _smtp(server: MailServer) -> smtplib.SMTP:
    client = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    return client(server.host, server.port, timeout=TIMEOUT_SECONDS)


def _check_provider(provider: Provider, about: str) -> Finding:
    """Whether all is told that the provider's API asks for. Nothing is sent."""
    subject = "mail provider"
    try:
        backend = provider.backend()
    except ProviderError as error:
        cure = "Mend the environment. Mailings wait meanwhile."
        return wrong(subject, str(error), cure)
    says = f"{backend.esp_name}, {provider.connections} requests at once{about}"
    unknown = unknown_settings(backend)
    if unknown:
        names = ", ".join(unknown)
        return warning(subject, says, f"{backend.esp_name} asks for no {names}.")
    told = "; ".join(cautions(backend))
    return warning(subject, says, f"Mind: {told}.") if told else ok(subject, says)


def _about(sender: Sender) -> str:
    """What is set up beside the server, fit for one line."""
    options = sender.options
    parts = [options.name] if options.name else []
    if options.domains:
        parts.append(f"for {', '.join(sorted(options.domains))}")
    if options.per_hour:
        parts.append(f"{options.per_hour} an hour")
    if options.per_day:
        parts.append(f"{options.per_day} a day")
    if options.warmup_on:
        today = timezone.localdate()
        day, cap = sender.warmup_day(today), sender.limit.day_cap(today)
        parts.append(
            f"warm-up day {day} of {WARMUP_DAYS}: {cap} today" if day else "warmed up"
        )
    return f" ({'; '.join(parts)})" if parts else ""


def check_dkim() -> Finding:
    """All keys in one line; the worst of them is the one that is told."""
    keys: tuple[DkimKey, ...] = settings.CONFIG.dkim
    if all(map(is_provider_url, settings.CONFIG.email_urls)):
        return ok(SUBJECT, "the provider signs")
    if not keys:
        return ok(SUBJECT, "no keys here: the mail server has to sign")
    findings = [judge_dkim_key(key) for key in keys] + _own_domain(keys)
    worst = min(findings, key=lambda finding: _ORDER.index(finding.state))
    if worst.state is State.OK:
        return ok(SUBJECT, "; ".join(finding.says for finding in findings))
    return worst


def judge_dkim_key(key: DkimKey) -> Finding:
    """One key: its file, its rights, its record in the DNS."""
    name = dkim.record_name(key)
    state, why = key_state(key)
    if state is DomainFinding.UNUSABLE:
        cure = f"Mend {key.path} or WINBACK_DKIM. Its mailings wait meanwhile."
        return wrong(SUBJECT, why, cure)
    if dkim.is_open_to_others(key.path):
        cure = f"Run: chmod o= '{key.path}'"
        return wrong(SUBJECT, f"{key.path}: everybody may use it", cure)
    publish = "Publish the record that winback dkim check shows."
    return {
        DomainFinding.FOUND: ok(SUBJECT, f"{name} is published"),
        DomainFinding.MISSING: wrong(SUBJECT, f"no record at {name}", publish),
        DomainFinding.OTHER_KEY: wrong(SUBJECT, f"another key at {name}", publish),
        DomainFinding.NOT_REACHED: warning(
            SUBJECT,
            f"{name}: the DNS did not answer",
            "Nothing is known of the record. Look from a machine with a resolver.",
        ),
    }[state]


def _own_domain(keys: tuple[DkimKey, ...]) -> list[Finding]:
    """Whether mail from the installation's own address is signed."""
    try:
        address = Installation.current().sender_address
    except Error:
        return []
    domain = address.rpartition("@")[2]
    if not domain or dkim.keys_for(keys, domain):
        return []
    says = f"no key for {domain}: its mails go out unsigned by Winback"
    return [warning(SUBJECT, says, f"Run: winback dkim new {domain}")]


def first_line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without its number, which says nothing to people
    return (str(error).strip() or type(error).__name__).splitlines()[0]
