"""What a provider tells of one of our mails, as plain values."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class NewsKind(enum.StrEnum):
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    AUTO_REPLIED = "auto_replied"
    OPENED = "opened"
    CLICKED = "clicked"
    OTHER = "other"


# Anymail's names (anymail.signals.EventType). A refusal by the provider itself is
# what the reason of it says: see ``_refused``. What it merely queued says nothing.
_KINDS = {
    "delivered": NewsKind.DELIVERED,
    "bounced": NewsKind.BOUNCED,
    "deferred": NewsKind.DEFERRED,
    "complained": NewsKind.COMPLAINED,
    "unsubscribed": NewsKind.UNSUBSCRIBED,
    "autoresponded": NewsKind.AUTO_REPLIED,
    "opened": NewsKind.OPENED,
    "clicked": NewsKind.CLICKED,
    "failed": NewsKind.BOUNCED,
}
SILENT = {"queued", "sent", "subscribed"}
# Reasons (anymail.signals.RejectReason) for which a provider sends nothing at all.
_REFUSED = {
    "spam": NewsKind.COMPLAINED,
    "unsubscribed": NewsKind.UNSUBSCRIBED,
}
DEAD = {"invalid", "bounced"}
# What the classifier says where the words told it nothing.
_UNTOLD = {"", "unknown", "undefined", "other", "unspecified"}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One event. ``number`` is our recipient's, as it was taken along, unsigned.

    ``says_hard`` is the provider's own word on a bounce; None if it says nothing.
    """

    kind: NewsKind
    provider: str = ""
    at: datetime | None = None
    message_id: str = ""
    recipient: str = ""
    number: int | None = None
    reject_reason: str = ""
    response: str = ""
    description: str = ""
    url: str = ""
    user_agent: str = ""
    is_refusal: bool = False  # by the provider itself, before any mail server
    says_hard: bool | None = None
    raw: dict[str, Any] = field(default_factory=dict)


def news_from(stored: bytes) -> News:
    """News as they were kept. Raises ValueError for anything else."""
    told = json.loads(stored)
    if not isinstance(told, dict):
        raise ValueError("news are one JSON object")
    kind = str(told.get("kind", ""))
    reject_reason = _text(told, "reject_reason")
    raw = told.get("raw")
    raw = raw if isinstance(raw, dict) else {}
    return News(
        kind=_kind(kind, reject_reason),
        provider=_text(told, "provider"),
        at=_at(told.get("at")),
        message_id=_text(told, "message_id"),
        recipient=_text(told, "recipient"),
        number=_number(told.get("metadata")),
        reject_reason=reject_reason,
        response=_text(told, "response"),
        description=_text(told, "description"),
        url=_text(told, "url"),
        user_agent=_text(told, "user_agent"),
        is_refusal=kind == "rejected",
        says_hard=_says_hard(_text(told, "provider"), raw),
        raw=raw,
    )


def is_hard(news: News, *, reading: str, reason: str) -> bool:
    """Whether a bounce says that the address is dead.

    ``reading`` is hard, soft or "", as the server's own words were read for
    ``reason``. Words that tell of a full mailbox or a filter beat the provider,
    who calls those permanent, too; a provider that speaks of a soft bounce is
    believed, and so is one that says hard where the words tell nothing.
    """
    if news.says_hard is False or news.kind is NewsKind.DEFERRED:
        return False
    if reading and reason not in _UNTOLD:
        return reading == "hard"
    if news.says_hard is True:
        return True
    return reading == "hard" or (not reading and news.reject_reason in DEAD)


def report_of(news: News) -> bytes:
    """The news as the report a mail server would have sent (RFC 3464)."""
    words = " ".join(news.response.split())[:900]
    delayed = news.kind is NewsKind.DEFERRED
    lines = [
        "From: mailer-daemon@provider.invalid",
        "Subject: Undelivered Mail Returned to Sender",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        words,
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; provider.invalid",
        "",
        f"Final-Recipient: rfc822; {' '.join(news.recipient.split())[:320]}",
        f"Action: {'delayed' if delayed else 'failed'}",
        f"Diagnostic-Code: smtp; {words}",
        "",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8", "replace")


def _kind(name: str, reject_reason: str) -> NewsKind:
    if name == "rejected":
        return _REFUSED.get(reject_reason, NewsKind.BOUNCED)
    return _KINDS.get(name, NewsKind.OTHER)


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value.replace("\0", "") if isinstance(value, str) else ""


def _number(metadata: object) -> int | None:
    """Our ``metadata = {"recipient": "7"}``; providers give it back as text."""
    given = metadata.get("recipient") if isinstance(metadata, dict) else None
    text = str(given) if isinstance(given, str | int) else ""
    is_number = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if is_number and int(text) else None


def _at(given: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return at if at and at.tzinfo else None


def _says_hard(provider: str, raw: dict[str, Any]) -> bool | None:
    """What the provider's own event says of a bounce, where it says it.

    Brevo: ``event``; Mailjet: ``hard_bounce``; Postmark: ``Type``; Amazon SES:
    ``bounce.bounceType``; SparkPost: ``bounce_class`` (10, 30 and 90 are hard);
    SendGrid: ``type`` bounce or blocked; Resend: ``data.bounce.type``. As their
    documentation of webhooks has it.
    """
    read = _READERS.get(provider.lower().replace(" ", "_"))
    return read(raw) if read else None


def _of_words(value: object, *, hard: set[str], soft: set[str]) -> bool | None:
    word = str(value).lower()
    return True if word in hard else False if word in soft else None


def _inside(raw: dict[str, Any], *path: str) -> object:
    value: object = raw
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _sparkpost(raw: dict[str, Any]) -> bool | None:
    events = raw.get("msys")
    event = next(iter(events.values()), None) if isinstance(events, dict) else None
    number = str(event.get("bounce_class")) if isinstance(event, dict) else ""
    soft = {
        "20",
        "21",
        "22",
        "23",
        "24",
        "25",
        "40",
        "50",
        "51",
        "52",
        "53",
        "54",
        "70",
    }
    return _of_words(number, hard={"10", "30", "90"}, soft=soft)


def _mailjet(raw: dict[str, Any]) -> bool | None:
    told = raw.get("hard_bounce")
    return told if isinstance(told, bool) else None


_READERS: dict[str, Callable[[dict[str, Any]], bool | None]] = {
    "brevo": lambda raw: _of_words(
        raw.get("event"), hard={"hard_bounce", "invalid_email"}, soft={"soft_bounce"}
    ),
    "mailjet": _mailjet,
    "postmark": lambda raw: _of_words(
        raw.get("Type"), hard={"hardbounce", "bademailaddress"}, soft={"softbounce"}
    ),
    "amazon_ses": lambda raw: _of_words(
        _inside(raw, "bounce", "bounceType"), hard={"permanent"}, soft={"transient"}
    ),
    "sparkpost": _sparkpost,
    "sendgrid": lambda raw: _of_words(raw.get("type"), hard=set(), soft={"blocked"}),
    "resend": lambda raw: _of_words(
        _inside(raw, "data", "bounce", "type"),
        hard={"permanent", "hard"},
        soft={"transient", "soft", "temporary"},
    ),
}
