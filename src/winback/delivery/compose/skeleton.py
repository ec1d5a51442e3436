"""The mail with its holes: encoded once, filled for each person.

Pure bytes and values: no database, no settings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from winback.delivery.compose.encoding import (
    addr_spec,
    address_header,
    one_line,
    quoted_printable,
    unstructured,
)

# Takes a whole mail, gives a header (with its CRLF) to stand before it: DKIM.
Signer = Callable[[bytes], bytes]
PLAIN_PART = (
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
HTML_PART = PLAIN_PART.replace(b"text/plain", b"text/html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mail is from; the same for every recipient of a mailing."""

    name: str
    address: str
    reply_to: str = ""  # empty: an address of ours, different for each recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What of one recipient stands in headers and envelope."""

    name: str
    address: str
    message_id: str
    envelope_sender: str
    reply_to: str
    unsubscribe_url: str
    unsubscribe_address: str


@dataclass(frozen=True, slots=True)
class Values:
    """What fills the holes, in their order; the subject is whole."""

    subject: str
    html: Sequence[str]
    text: Sequence[str]


@dataclass(frozen=True, slots=True)
class ComposedMail:
    """One mail ready for the wire: CRLF line ends, dots not yet stuffed."""

    sender: str
    recipient: str
    content: bytes
    needs_smtputf8: bool


class Stretches:
    """A body part: stretches encoded once, with holes between them."""

    __slots__ = ("_constants",)

    def __init__(self, constants: Sequence[str]) -> None:
        whole = list(constants)
        # Every part ends with a line break, so that none ends with a soft one.
        if not whole[-1].endswith("\n"):
            whole[-1] += "\n"
        self._constants = [quoted_printable(stretch) for stretch in whole]

    def filled(self, values: Sequence[str]) -> list[bytes]:
        """The part's bytes in order; ``values`` are one fewer than the stretches."""
        pieces = [b""] * (2 * len(values) + 1)
        pieces[::2] = self._constants
        pieces[1::2] = [quoted_printable(value) for value in values]
        return pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Everything of a mail that is equal for all recipients of one content."""

    sender: Sender
    text: Stretches
    html: Stretches | None
    language: str = ""
    feedback_id: str = ""
    signer: Signer | None = None
    boundary: bytes = field(
        # No quoted-printable line can hold "=_", so no body can hold it either.
        default_factory=lambda: b"=_" + secrets.token_hex(16).encode()
    )

    def compose(self, person: Person, values: Values, *, now: datetime) -> ComposedMail:
        """The mail for one person. Raises ValueError if it cannot be addressed."""
        head = self._head(person, values.subject, now=now)
        content = b"".join([*head, *self._body(values)])
        if self.signer is not None:
            content = self.signer(content) + content
        recipient = addr_spec(person.address)
        return ComposedMail(
            sender=person.envelope_sender,
            recipient=recipient,
            content=content,
            needs_smtputf8=not (recipient.isascii() and self.sender.address.isascii()),
        )

    def _head(self, person: Person, subject: str, *, now: datetime) -> Iterator[bytes]:
        lines = [
            f"Date: {format_datetime(now)}".encode(),
            address_header("From", self.sender.name, self.sender.address),
            address_header("To", person.name, person.address),
            unstructured("Subject", subject),
            f"Message-ID: {one_line(person.message_id)}".encode(),
            address_header("Reply-To", "", self.sender.reply_to or person.reply_to),
            *_unsubscribe_headers(person),
            b"Precedence: bulk",
            b"Auto-Submitted: auto-generated",
        ]
        if self.feedback_id:
            lines.append(f"Feedback-ID: {self.feedback_id}".encode())
        if self.language:
            lines.append(f"Content-Language: {self.language}".encode())
        lines.append(b"MIME-Version: 1.0")
        for line in lines:
            yield line
            yield b"\r\n"

    def _body(self, values: Values) -> list[bytes]:
        if self.html is None:
            return [PLAIN_PART, *self.text.filled(values.text)]
        return [
            b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n'
            b"--%b\r\n" % (self.boundary, self.boundary),
            PLAIN_PART,
            *self.text.filled(values.text),
            b"\r\n--%b\r\n" % self.boundary,
            HTML_PART,
            *self.html.filled(values.html),
            b"\r\n--%b--\r\n" % self.boundary,
        ]


def _unsubscribe_headers(person: Person) -> list[bytes]:
    """RFC 2369 and RFC 8058; a mail without these (a test) has none."""
    if not person.unsubscribe_url:
        return []
    url = one_line(person.unsubscribe_url)
    mailto = f"mailto:{one_line(person.unsubscribe_address)}?subject=unsubscribe"
    return [
        f"List-Unsubscribe: <{url}>,\r\n <{mailto}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]
