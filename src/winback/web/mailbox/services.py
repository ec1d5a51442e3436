"""The visitor plays the recipient: real mail to our own listener, real requests."""

from __future__ import annotations

import smtplib
import urllib.error
import urllib.request
from datetime import datetime
from email.message import EmailMessage

from django.conf import settings
from django.utils.translation import gettext as _

from winback.core.config import is_loopback
from winback.web.mailbox.answers import (
    BounceKind,
    bounce_of,
    reply_to,
    vacation_notice,
)
from winback.web.mailbox.rules import read_mail
from winback.web.mailbox.store import StoredMail

TIMEOUT_SECONDS = 10


class NotDeliveredError(Exception):
    """The answer did not go out; the text says why, for the visitor."""


def send_reply(mail: StoredMail, *, text: str, now: datetime) -> None:
    """Send the visitor's words to where the mail asks for replies.

    Raises NotDeliveredError.
    """
    read = read_mail(mail.raw)
    message = reply_to(read, recipient=mail.envelope_recipient, text=text, now=now)
    _hand_over(message, sender=mail.envelope_recipient, recipient=read.reply_to)


def send_vacation_notice(mail: StoredMail, *, now: datetime) -> None:
    """Send what a mailbox answers by itself. Raises NotDeliveredError."""
    read = read_mail(mail.raw)
    message = vacation_notice(read, recipient=mail.envelope_recipient, now=now)
    _hand_over(message, sender="", recipient=read.reply_to)


def send_bounce(mail: StoredMail, *, kind: BounceKind, now: datetime) -> None:
    """Send a delivery report to the envelope sender. Raises NotDeliveredError."""
    message = bounce_of(
        mail.raw,
        kind=kind,
        sender=mail.envelope_sender,
        recipient=mail.envelope_recipient,
        now=now,
    )
    _hand_over(message, sender="", recipient=mail.envelope_sender)


def press_one_click_unsubscribe(mail: StoredMail) -> None:
    """The POST of RFC 8058, as a mail provider's own button sends it.

    Only ever to this installation. Raises NotDeliveredError.
    """
    read = read_mail(mail.raw)
    url = read.unsubscribe_url
    if not read.one_click or not url.startswith(f"{settings.CONFIG.public_url}/"):
        raise NotDeliveredError(_("This mail offers no one-click unsubscribing."))
    request = urllib.request.Request(  # noqa: S310 - checked just above
        url, data=b"List-Unsubscribe=One-Click", method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            pass
    except (OSError, urllib.error.HTTPError) as error:
        raise NotDeliveredError(str(error)) from error


def _hand_over(message: EmailMessage, *, sender: str, recipient: str) -> None:
    host = _listener_host()
    if not recipient:
        raise NotDeliveredError(_("The mail names no address to answer to."))
    try:
        with smtplib.SMTP(
            host, settings.CONFIG.inbound_port, timeout=TIMEOUT_SECONDS
        ) as server:
            # The sender goes bare into MAIL FROM: <> for reports (RFC 5321 §4.5.5).
            server.send_message(message, sender, [recipient])
    except (OSError, ValueError, smtplib.SMTPException) as error:
        raise NotDeliveredError(str(error)) from error


def _listener_host() -> str:
    bound = settings.CONFIG.inbound_bind
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound, bound)  # noqa: S104
    if not is_loopback(host):
        raise NotDeliveredError(
            _("The demo answers only to a listener on this machine: %(host)s is not.")
            % {"host": host}
        )
    return host
