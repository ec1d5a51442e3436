"""The frame around a mail's two texts: MIME parts, attachments, pictures.

Equal for all recipients of a content, so it is written once. RFC 2046 for the
parts, RFC 2387 for pictures that the HTML shows by ``cid:``, RFC 2183 and 2231
for file names of any script.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from winback.delivery.compose.encoding import one_line

_TEXT_ENCODING = b"Content-Transfer-Encoding: quoted-printable"
_PLAIN = (b"Content-Type: text/plain; charset=utf-8", _TEXT_ENCODING)
_HTML = (b"Content-Type: text/html; charset=utf-8", _TEXT_ENCODING)
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 ._()-]{1,50}")
# RFC 2231: a value longer than a line goes on in numbered pieces.
_PIECE_LENGTH = 54
_OCTETS_IN_A_LINE = 57  # of base64: 76 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with every mail, or a picture inside of the HTML.

    ``content_id`` makes it a picture: the HTML names it as ``cid:<content_id>``.
    """

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Header fields of the whole, and what stands around the two texts."""

    fields: Sequence[bytes]
    before: bytes
    between: bytes  # empty without an HTML part
    after: bytes


def make_frame(
    boundary: bytes, *, has_html: bool, attachments: Sequence[Attachment] = ()
) -> Frame:
    """The frame of a mail. Raises ValueError for an attachment that has no form.

    ``boundary`` must begin with ``=_``, which no quoted-printable line can hold.
    """
    pictures = [a for a in attachments if a.content_id]
    files = [a for a in attachments if not a.content_id]
    fields, before, between, after = _texts(boundary, has_html=has_html)
    for kind, members in (("related", pictures), ("mixed", files)):
        if members:
            edge = boundary + f".{kind}".encode()
            parts = b"".join(_delimiter(edge) + _encoded(member) for member in members)
            before = _delimiter(edge, first=True) + _head(fields) + before
            after += parts + _close(edge)
            fields = (_multipart(kind, edge),)
    return Frame(fields, before, between, after)


def _texts(
    boundary: bytes, *, has_html: bool
) -> tuple[Sequence[bytes], bytes, bytes, bytes]:
    if not has_html:
        return _PLAIN, b"", b"", b""
    edge = boundary + b".alternative"
    before = _delimiter(edge, first=True) + _head(_PLAIN)
    between = _delimiter(edge) + _head(_HTML)
    return (_multipart("alternative", edge),), before, between, _close(edge)


def _multipart(kind: str, edge: bytes) -> bytes:
    return b'Content-Type: multipart/%b;\r\n boundary="%b"' % (kind.encode(), edge)


def _delimiter(edge: bytes, *, first: bool = False) -> bytes:
    return (b"" if first else b"\r\n") + b"--%b\r\n" % edge


def _close(edge: bytes) -> bytes:
    return b"\r\n--%b--\r\n" % edge


def _head(fields: Iterable[bytes]) -> bytes:
    return b"\r\n".join([*fields, b"", b""])


def _encoded(attachment: Attachment) -> bytes:
    kind = attachment.media_type
    if not _MEDIA_TYPE.fullmatch(kind):
        raise ValueError(f"not a media type: {kind!r}")
    shown = "inline" if attachment.content_id else "attachment"
    fields = [
        f"Content-Type: {kind}".encode(),
        b"Content-Transfer-Encoding: base64",
        f"Content-Disposition: {shown}{_file_name(attachment.name)}".encode(),
    ]
    if attachment.content_id:
        if not _CONTENT_ID.fullmatch(attachment.content_id):
            raise ValueError(f"not a content id: {attachment.content_id!r}")
        fields.append(f"Content-ID: <{attachment.content_id}>".encode())
    return _head(fields) + _base64(attachment.content)


def _file_name(name: str) -> str:
    name = one_line(name)
    if _PLAIN_NAME.fullmatch(name):
        return f';\r\n filename="{name}"'
    pieces = list(_pieces(quote(name, safe="")))
    if len(pieces) == 1:
        return f";\r\n filename*=utf-8''{pieces[0]}"
    numbered = [
        f";\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces)
    ]
    return "".join(numbered).replace("*0*=", "*0*=utf-8''", 1)


def _pieces(quoted: str) -> Iterable[str]:
    """The value in pieces of a line's length, no escape cut in two."""
    while len(quoted) > _PIECE_LENGTH:
        cut = quoted.rfind("%", _PIECE_LENGTH - 2, _PIECE_LENGTH)
        cut = cut if cut > 0 else _PIECE_LENGTH
        yield quoted[:cut]
        quoted = quoted[cut:]
    yield quoted


def _base64(content: bytes) -> bytes:
    lines = (
        binascii.b2a_base64(content[start : start + _OCTETS_IN_A_LINE], newline=False)
        for start in range(0, len(content), _OCTETS_IN_A_LINE)
    )
    return b"\r\n".join(lines)
