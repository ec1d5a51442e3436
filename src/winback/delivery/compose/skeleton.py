"""The mail with its holes: encoded once, filled for each person.

Pure bytes and values: no database, no settings.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from winback.delivery.compose.encoding import (
    addr_spec,
    address_header,
    one_line,
    quoted_printable,
    unstructured,
)
from winback.delivery.compose.frame import Attachment, Frame, make_frame

# Takes the header fields without their last line break, the pieces of the body
# and the time; gives fields, each with its line break, to stand before: DKIM.
Signer = Callable[[Sequence[bytes], Sequence[bytes], datetime], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the mail is from; the same for every recipient of a mailing."""

    name: str
    address: str
    reply_to: str = ""  # empty: an address of ours, different for each recipient


@dataclass(slots=True, kw_only=True)
class Person:
    """What of one recipient stands in headers and envelope."""

    name: str
    address: str
    message_id: str
    envelope_sender: str
    reply_to: str
    unsubscribe_url: str
    unsubscribe_address: str


@dataclass(slots=True)
class Values:
    """What fills the holes, in their order; bodies are encoded already."""

    subject: str
    html: Sequence[bytes]
    text: Sequence[bytes]


@dataclass(slots=True)
class ComposedMail:
    """One mail ready for the wire: CRLF line ends."""

    sender: str
    recipient: str
    content: bytes
    needs_smtputf8: bool
    has_leading_dots: bool = True  # False: no line begins with one, for sure


class Stretches:
    """A body part: stretches encoded once, with holes between them."""

    __slots__ = ("_constants",)

    def __init__(self, constants: Sequence[str]) -> None:
        whole = list(constants)
        # Every part ends with a line break, so that none ends with a soft one.
        if not whole[-1].endswith("\n"):
            whole[-1] += "\n"
        self._constants = [quoted_printable(stretch) for stretch in whole]

    def filled(self, values: Sequence[bytes]) -> list[bytes]:
        """The part's bytes in order; ``values`` are one fewer than the stretches.

        Each value is what ``quoted_printable`` gives for it.
        """
        pieces = [b""] * (2 * len(values) + 1)
        pieces[::2] = self._constants
        pieces[1::2] = values
        return pieces


@dataclass(slots=True, kw_only=True)
class Skeleton:
    """Everything of a mail that is equal for all recipients of one content."""

    sender: Sender
    text: Stretches
    html: Stretches | None
    language: str = ""
    feedback_id: str = ""
    attachments: Sequence[Attachment] = ()
    signer: Signer | None = None
    boundary: bytes = field(
        # No quoted-printable line can hold "=_", so no body can hold it either.
        default_factory=lambda: b"=_" + secrets.token_hex(16).encode()
    )
    _from: bytes = field(init=False)
    _last_fields: list[bytes] = field(init=False)
    _frame: Frame = field(init=False)

    def __post_init__(self) -> None:
        self._from = address_header("From", self.sender.name, self.sender.address)
        fields = [b"Precedence: bulk", b"Auto-Submitted: auto-generated"]
        if self.feedback_id:
            fields.append(f"Feedback-ID: {self.feedback_id}".encode())
        if self.language:
            fields.append(f"Content-Language: {self.language}".encode())
        self._frame = make_frame(
            self.boundary,
            has_html=self.html is not None,
            attachments=self.attachments,
        )
        self._last_fields = [*fields, b"MIME-Version: 1.0", *self._frame.fields]

    def compose(self, person: Person, values: Values, *, now: datetime) -> ComposedMail:
        """The mail for one person. Raises ValueError if it cannot be addressed."""
        recipient = addr_spec(person.address)
        fields = self._fields(person, recipient, values.subject, now)
        body = self._body(values)
        content = b"".join([b"\r\n".join(fields), b"\r\n\r\n", *body])
        if self.signer is not None:
            content = self.signer(fields, body, now) + content
        return ComposedMail(
            person.envelope_sender,
            recipient,
            content,
            not (recipient.isascii() and self.sender.address.isascii()),
            False,
        )

    def _fields(
        self, person: Person, recipient: str, subject: str, now: datetime
    ) -> list[bytes]:
        reply_to = self.sender.reply_to or person.reply_to
        return [
            _date_header(now),
            self._from,
            address_header("To", person.name, recipient),
            _subject_header(subject),
            b"Message-ID: %b" % one_line(person.message_id).encode(),
            address_header("Reply-To", "", reply_to),
            *_unsubscribe_headers(person),
            *self._last_fields,
        ]

    def _body(self, values: Values) -> list[bytes]:
        frame = self._frame
        html = [] if self.html is None else self.html.filled(values.html)
        text = self.text.filled(values.text)
        return [frame.before, *text, frame.between, *html, frame.after]


@lru_cache(maxsize=8)
def _date_header(now: datetime) -> bytes:
    return f"Date: {format_datetime(now)}".encode()


@lru_cache(maxsize=4096)
def _subject_header(subject: str) -> bytes:
    return unstructured("Subject", subject)


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
