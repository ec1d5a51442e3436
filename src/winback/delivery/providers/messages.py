"""One of our mails in Anymail's words: nothing of it may be lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_string
from email.header import decode_header, make_header
from email.message import Message
from email.mime.base import MIMEBase
from email.utils import parseaddr, quote

from django.core.mail import EmailMultiAlternatives

from winback.delivery.compose.skeleton import ComposedMail

# Said in fields of their own, or the provider's business.
_NOT_AS_HEADERS = {
    *("from", "to", "subject", "reply-to", "date", "mime-version"),
    *("content-type", "content-transfer-encoding", "dkim-signature"),
}


def provider_message(mail: ComposedMail) -> EmailMultiAlternatives:
    """The mail as Anymail takes it, equal in meaning to its bytes.

    Nothing is said to the provider yet about tracking and the like: see
    ``Provider.message``.
    """
    # Only our headers can hold more than ASCII (RFC 6532), never the body.
    parsed = message_from_string(mail.content.decode("utf-8"))
    message = EmailMultiAlternatives(
        subject=_decoded(parsed["Subject"]),
        from_email=_address(parsed["From"]),
        to=[_address(parsed["To"])],
        reply_to=[_address(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={
            name: _unfolded(value)
            for name, value in parsed.items()
            if name.lower() not in _NOT_AS_HEADERS
        },
    )
    bodies: set[str] = set()
    for part in _leaves(parsed):
        kind = part.get_content_type()
        is_body = kind in {"text/plain", "text/html"} and kind not in bodies
        if is_body and part.get_content_disposition() is None:
            bodies.add(kind)
            _add_body(message, kind, _text(part))
        else:
            message.attach(_attachment(part))
    return message


def _add_body(message: EmailMultiAlternatives, kind: str, text: str) -> None:
    if kind == "text/plain":
        message.body = text
    else:
        message.attach_alternative(text, kind)


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _text(part: Message) -> str:
    octets = part.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode("utf-8").replace("\r\n", "\n")


def _attachment(part: Message) -> MIMEBase:
    """The part, whose own headers say whether it is an image of the text."""
    attached = MIMEBase(part.get_content_maintype(), part.get_content_subtype())
    for name, value in part.items():
        if name.lower() != "mime-version":
            del attached[name]
            attached[name] = _unfolded(value)
    attached.set_payload(part.get_payload())
    return attached


def _address(header: str) -> str:
    """``"Name" <local@domain>`` with its name in letters, quoted."""
    phrase, address = parseaddr(_unfolded(header))
    name = _decoded(phrase)
    return f'"{quote(name)}" <{address}>' if name else address


def _decoded(header: str) -> str:
    return str(make_header(decode_header(_unfolded(header))))


def _unfolded(header: str) -> str:
    return header.replace("\r\n", "").replace("\n", "")
