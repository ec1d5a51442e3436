"""Looks at the ways in which replies and bounces come in. None of it raises."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.db import Error
from django.utils import timezone, translation

from winback.core.imap_config import ImapMailbox
from winback.core.provider_config import is_provider_url, provider_name
from winback.reactions.imap.faults import Fault, MailboxError
from winback.reactions.imap.session import opened
from winback.reactions.models import MailFolder
from winback.reactions.webhooks import TRACKING, is_secured
from winback.web.health.rules import Finding, ok, warning, wrong

TIMEOUT_SECONDS = 5
MAILBOX = "mailbox"
_CURES = {
    Fault.UNREACHABLE: "Start it, or mend host and port in WINBACK_INBOUND_IMAP.",
    Fault.CERTIFICATE: "Give the server a valid one, or trust its own by ca=/its/file.",
    Fault.LOGIN: "Mend user and password, or the token, in WINBACK_INBOUND_IMAP.",
    Fault.TOKEN: "Mend token_file, token_command or oauth_file.",
    Fault.FOLDER: "Make the folder there, or mend its name in WINBACK_INBOUND_IMAP.",
    Fault.PROTOCOL: "Ask who runs the server; nothing is lost meanwhile.",
}


def check_mailboxes() -> list[Finding]:
    """One finding for each mailbox that is read: it is opened, nothing is taken."""
    return [_check_mailbox(box) for box in settings.CONFIG.inbound_imap]


def _check_mailbox(box: ImapMailbox) -> Finding:
    try:
        with opened(box):
            pass
    except MailboxError as error:
        with translation.override("en"):
            says = f"{box.key}: {error.fault.label}"
        details = f" ({error.details})" if error.details else ""
        return wrong(MAILBOX, says + details, _CURES[error.fault])
    try:
        folder = MailFolder.objects.filter(key=box.key).first()
    except Error:
        folder = None
    if folder is None or folder.read_at is None:
        cure = "It is read within a minute where winback beat and a worker run."
        return warning(MAILBOX, f"{box.key}: opens, and was never read", cure)
    minutes = int((timezone.now() - folder.read_at).total_seconds() // 60)
    return ok(MAILBOX, f"{box.key}: read {minutes} min ago")


def check_lmtp() -> list[Finding]:
    """Whether the LMTP server greets, where there is to be one."""
    where = settings.CONFIG.inbound_lmtp
    if not where:
        return []
    host, _colon, port = where.rpartition(":")
    place = (where, 0) if where.startswith("/") else (host.strip("[]"), int(port))
    try:
        with smtplib.LMTP(*place, timeout=TIMEOUT_SECONDS) as server:
            server.ehlo()
    except (OSError, smtplib.SMTPException) as error:
        says = f"nobody listens on {where}: {error}"
        cure = "Run winback up, or winback inbound listen as a unit of its own."
        return [warning("LMTP", says, cure)]
    return [ok("LMTP", where)]


def check_webhooks() -> list[Finding]:
    """Whether each provider that sends for us may tell what became of the mails."""
    urls = filter(is_provider_url, settings.CONFIG.email_urls)
    return [_check_webhook(name) for name in sorted({*map(provider_name, urls)})]


def _check_webhook(name: str) -> Finding:
    address = f"{settings.CONFIG.public_url}/hooks/{name}/{TRACKING}/"
    if is_secured(name, TRACKING):
        return ok("provider news", f"taken at {address}")
    cure = (
        "Set WINBACK_ANYMAIL_WEBHOOK_SECRET=name:password and give the provider "
        "the address with both before the host: docs/admin.md."
    )
    says = f"{name} cannot tell of bounces: {address} is closed without a secret"
    return warning("provider news", says, cure)
