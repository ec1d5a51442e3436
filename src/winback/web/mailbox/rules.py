"""A stored message, read the way a mail program reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parseaddr

POLICY = policy.SMTP.clone(utf8=True)
_HEADER_PARSER = BytesHeaderParser(policy=POLICY)
_HTTP_URL = re.compile(r"<\s*(https?://[^<>\s]+)\s*>", re.I)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """What a mail program shows and knows of one message."""

    subject: str
    sender: str
    recipient: str
    date: str
    html: str
    text: str
    reply_to: str
    message_id: str
    references: str
    unsubscribe_url: str
    one_click: bool
    headers: list[tuple[str, str]]


def read_mail(raw: bytes) -> ReadMail:
    """The parts of ``raw``; what a broken message lacks is empty. Never raises."""
    message = _parse(raw)
    headers = {name.lower(): value for name, value in reversed(_headers(message))}
    sender = headers.get("from", "")
    return ReadMail(
        subject=headers.get("subject", ""),
        sender=sender,
        recipient=headers.get("to", ""),
        date=headers.get("date", ""),
        html=_body(message, "html"),
        text=_body(message, "plain"),
        reply_to=parseaddr(headers.get("reply-to", "") or sender)[1],
        message_id=headers.get("message-id", "").strip(),
        references=headers.get("references", "").strip(),
        unsubscribe_url=_unsubscribe_url(headers.get("list-unsubscribe", "")),
        one_click="one-click" in headers.get("list-unsubscribe-post", "").lower(),
        headers=_headers(message),
    )


def read_summary(raw: bytes) -> tuple[str, str]:
    """Sender and subject, without looking at the body. Never raises."""
    message = _HEADER_PARSER.parsebytes(raw)
    found = dict.fromkeys(("from", "subject"), "")
    for name, value in message.raw_items():
        if found.get(name.lower()) == "":
            found[name.lower()] = _header(name, value)
    return found["from"], found["subject"]


def _parse(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=POLICY)
    if not isinstance(message, EmailMessage):  # the policy says which class
        raise TypeError(type(message))
    return message


def _headers(message: EmailMessage) -> list[tuple[str, str]]:
    return [(name, _header(name, raw)) for name, raw in message.raw_items()]


def _header(name: str, raw: str) -> str:
    try:
        decoded = str(POLICY.header_fetch_parse(name, raw))
    except Exception:  # the parser raises a dozen kinds on broken ones
        decoded = str(raw)
    return " ".join(decoded.split())


def _body(message: EmailMessage, subtype: str) -> str:
    try:
        part = message.get_body(preferencelist=(subtype,))
        content = part.get_content() if part is not None else ""
    except (KeyError, LookupError, ValueError, AttributeError):
        return ""
    return content if isinstance(content, str) else ""


def _unsubscribe_url(header: str) -> str:
    match = _HTTP_URL.search(header)
    return match[1] if match else ""
