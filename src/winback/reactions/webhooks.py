"""Providers call us: Anymail checks and reads, we keep what they tell.

Anymail's own views do the checking of signatures and secrets and the reading.
They give what they read to Anymail's signals, and the receivers here store it.
"""

from __future__ import annotations

import json
import logging
import warnings
from datetime import datetime
from typing import Any

from anymail.exceptions import AnymailWarning
from anymail.signals import inbound as inbound_signal
from anymail.signals import tracking as tracking_signal
from django.conf import settings
from django.core.exceptions import (
    ImproperlyConfigured,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, get_resolver
from django.utils import timezone

from winback.reactions.models import Source
from winback.reactions.rules.provider_news import SILENT
from winback.reactions.services import events
from winback.reactions.services.inbound import Envelope, envelope_in, store_message

logger = logging.getLogger(__name__)
TRACKING, INBOUND = "tracking", "inbound"
KINDS = (TRACKING, INBOUND)
# Settings of Anymail that make a provider's own signature be checked; without one
# of them the secret that all share (WEBHOOK_SECRET) has to be given.
_SIGNATURES: dict[tuple[str, str], tuple[str, ...]] = {
    ("mailgun", TRACKING): ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    ("mailgun", INBOUND): ("MAILGUN_WEBHOOK_SIGNING_KEY", "MAILGUN_API_KEY"),
    ("mailersend", TRACKING): ("MAILERSEND_SIGNING_SECRET",),
    ("mailersend", INBOUND): ("MAILERSEND_INBOUND_SECRET",),
    ("mailtrap", TRACKING): ("MAILTRAP_WEBHOOK_SECRET",),
    ("mandrill", TRACKING): ("MANDRILL_WEBHOOK_KEY",),
    ("mandrill", INBOUND): ("MANDRILL_WEBHOOK_KEY",),
    ("postal", TRACKING): ("POSTAL_WEBHOOK_KEY",),
    ("postal", INBOUND): ("POSTAL_WEBHOOK_KEY",),
    ("resend", TRACKING): ("RESEND_SIGNING_SECRET",),
    ("resend", INBOUND): ("RESEND_INBOUND_SECRET",),
    ("sendgrid", TRACKING): ("SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY",),
    ("unisender_go", TRACKING): ("UNISENDER_GO_API_KEY",),
}
_RAW_BYTES = 64 * 1024
# A message of 25 MB, as large as most servers take, in base64 and with its news.
MAX_CALL_BYTES = 40 * 1024 * 1024


class NotStoredError(Exception):
    """The database did not take the news: the provider is to call again."""


def answer(request: HttpRequest, provider: str, kind: str) -> HttpResponseBase | None:
    """What a provider's call is answered with; None if there is no such address.

    400 for a call that is not the provider's or that cannot be read: nothing is
    kept of it but a line in the log. Raises NotStoredError if what was read could
    not be kept.
    """
    view = _view(provider, kind)
    if view is None:
        return None
    try:
        with warnings.catch_warnings():
            # That SendGrid is not tested any more is told by the doctor.
            warnings.simplefilter("ignore", AnymailWarning)
            _take_body(request)
            return view(request)  # type: ignore[no-any-return]
    except NotStoredError:
        raise
    except ImproperlyConfigured as error:
        logger.error("Webhook of %s: %s", provider, str(error).partition("\n")[0])
        return None
    except SuspiciousOperation as error:
        # It may repeat what the caller sent: on one line, and not for ever.
        words = " ".join(str(error).split())[:300]
        logger.warning("Webhook of %s refused: %s", provider, words)
    except Exception as error:  # whatever a stranger's JSON makes Anymail raise
        name = type(error).__name__
        logger.warning("Webhook of %s cannot be read: %s", provider, name)
    return HttpResponse(status=400)


def _take_body(request: HttpRequest) -> None:
    """Read a call as large as a mail: what people's forms may hold is far less.

    Files of a form have no such limit, so it is left to Django. Raises
    RequestDataTooBig.
    """
    if request.content_type == "multipart/form-data":
        return
    body = request.read(MAX_CALL_BYTES + 1)
    if len(body) > MAX_CALL_BYTES:
        raise RequestDataTooBig
    request._body = body  # where Django keeps it


def is_secured(provider: str, kind: str) -> bool:
    """Whether strangers cannot call: a signature or the shared secret is checked."""
    names = ("WEBHOOK_SECRET", *_SIGNATURES.get((provider, kind), ()))
    return any(settings.ANYMAIL.get(name) for name in names)


def connect() -> None:
    """Hear what Anymail's views read; twice is harmless."""
    tracking_signal.connect(_keep_news, dispatch_uid="reactions.webhooks")
    inbound_signal.connect(_keep_message, dispatch_uid="reactions.webhooks")


def _view(provider: str, kind: str) -> Any:
    """Anymail's view; None if there is none or if strangers could call it."""
    if kind not in KINDS or not is_secured(provider, kind):
        return None
    resolver = get_resolver("anymail.urls")
    # Mandrill has one address for both.
    for path in (f"/{provider}/{kind}/", f"/{provider}/"):
        try:
            return resolver.resolve(path).func
        except Resolver404:
            continue
    return None


def _keep_news(sender: object, event: Any, esp_name: str, **_more: Any) -> None:
    if event.event_type in SILENT:
        return
    news = _news(event, esp_name)
    _store(
        events.as_json(news),
        Envelope("", ""),
        source=Source.EVENT,
        provider=esp_name,
        identity=_identity(news),
    )


def _keep_message(sender: object, event: Any, esp_name: str, **_more: Any) -> None:
    if event.message is None:
        return
    raw = event.message.as_bytes()
    told = envelope_in(raw)
    sender_told = event.message.envelope_sender or told.sender
    # Read anew by Anymail a message differs each time (MIME boundaries), so the
    # provider's id for it is what makes it the same; else its Message-ID will.
    identity = events.as_json([esp_name, "message", event.event_id])
    _store(
        raw,
        Envelope(sender_told, event.message.envelope_recipient or told.recipient),
        source=Source.WEBHOOK,
        provider=esp_name,
        identity=identity if event.event_id else None,
    )


def _store(
    raw: bytes,
    envelope: Envelope,
    *,
    source: Source,
    provider: str,
    identity: bytes | None,
) -> None:
    try:
        store_message(
            raw,
            envelope_from=envelope.sender,
            envelope_to=envelope.recipient,
            now=timezone.now(),
            source=source,
            provider=provider[:40],
            identity=identity,
        )
    except Exception as error:
        raise NotStoredError from error


def _identity(news: dict[str, Any]) -> bytes:
    """The same for one event however often it is told: providers try again, and
    Mailgun signs each try anew."""
    raw = news["raw"] if isinstance(news["raw"], dict) else {}
    own = raw.get("event-data")
    own_id = own.get("id") if isinstance(own, dict) else None
    names = ("provider", "kind", "recipient", "message_id", "at", "url")
    return events.as_json([*(news[name] for name in names), own_id or news["id"]])


def _news(event: Any, esp_name: str) -> dict[str, Any]:
    at: datetime | None = event.timestamp
    return {
        "provider": esp_name,
        "kind": event.event_type,
        "at": at.isoformat() if at else None,
        "id": event.event_id,
        "message_id": event.message_id,
        "recipient": event.recipient,
        "reject_reason": event.reject_reason,
        "response": event.mta_response,
        "description": event.description,
        "metadata": event.metadata if isinstance(event.metadata, dict) else {},
        "url": event.click_url,
        "user_agent": event.user_agent,
        "raw": _raw(event.esp_event),
    }


def _raw(esp_event: Any) -> Any:
    """What the provider sent, as far as it is no larger than news should be."""
    found = esp_event.dict() if hasattr(esp_event, "dict") else esp_event
    try:
        fits = len(json.dumps(found, default=str)) <= _RAW_BYTES
    except (TypeError, ValueError):
        return {}
    return found if fits else {}
