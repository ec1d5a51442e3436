"""Looks at how mail goes out: provider and signatures. None of it raises."""

from __future__ import annotations

from django.conf import settings
from django.db import Error

from winback.core import dkim
from winback.core.dkim_config import DkimKey
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.delivery.providers.provider import (
    ProviderError,
    cautions,
    parse_provider_url,
    unknown_settings,
)
from winback.delivery.smtp.servers import LoopbackOnlyError, ServerUrlError
from winback.mailings.sender_domain import DomainFinding, key_state
from winback.web.health.rules import Finding, State, ok, warning, wrong

SUBJECT = "DKIM"
_ORDER = (State.WRONG, State.WARNING, State.OK)


def check_provider() -> Finding:
    """Whether all is told that the provider's API asks for. Nothing is sent."""
    subject = "mail provider"
    try:
        provider = parse_provider_url(
            settings.CONFIG.email_url, is_demo=settings.CONFIG.demo
        )
        backend = provider.backend()
    except (ProviderError, ServerUrlError, LoopbackOnlyError) as error:
        cure = "Mend the environment. Mailings wait meanwhile."
        return wrong(subject, str(error), cure)
    says = f"{backend.esp_name}, {provider.connections} requests at once"
    unknown = unknown_settings(backend)
    if unknown:
        names = ", ".join(unknown)
        return warning(subject, says, f"{backend.esp_name} asks for no {names}.")
    told = "; ".join(cautions(backend))
    return warning(subject, says, f"Mind: {told}.") if told else ok(subject, says)


def check_dkim() -> Finding:
    """All keys in one line; the worst of them is the one that is told."""
    keys: tuple[DkimKey, ...] = settings.CONFIG.dkim
    if is_provider_url(settings.CONFIG.email_url):
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
