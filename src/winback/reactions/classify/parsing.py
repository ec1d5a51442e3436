"""Reading a message without believing anything about it."""

from __future__ import annotations

import codecs
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cached_property

from winback.reactions.classify.addresses import addresses_in, as_address
from winback.reactions.classify.html import html_text

# What is longer is an attachment; the beginning tells. The parser's time grows with
# lines times nested parts, so these bound it together.
MAX_BYTES = 1_000_000
MAX_LINES = 15_000
MAX_NESTED = 50
MAX_TEXT = 200_000
MAX_PARTS = 200
MAX_DEPTH = 30
MAX_HEADER = 20_000
# The standard library's reader of address lists takes the square of their length.
MAX_ADDRESS_LIST = 2000
# Python's own, no charsets of mail (IANA): escapes, and what takes the square of the
# length to read.
_NO_CHARSETS = frozenset({"unicode-escape", "raw-unicode-escape", "punycode", "idna"})
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")


@dataclass(frozen=True)
class Mail:
    """A parsed message with its parts in reading order.

    ``enclosed`` are messages (or only their headers) that it carries along.
    """

    root: Message
    parts: list[Message]
    enclosed: list[Message]
    size: int

    def header(self, name: str) -> str:
        return header_text(self.root, name)

    @cached_property
    def text(self) -> str:
        """The plain text of its own parts; that of HTML only if there is no other.

        A multipart whose boundary never comes is text too: that of all its parts.
        """
        plain = [
            part_text(part)
            for part in self.parts
            if is_type(part, "text/plain")
            or content_type_of(part).startswith("multipart/")
        ]
        if any(text.strip() for text in plain):
            return "\n".join(plain)[:MAX_TEXT]
        return "\n".join(
            html_text(part_text(part))
            for part in self.parts
            if is_type(part, "text/html")
        )[:MAX_TEXT]

    @cached_property
    def subject(self) -> str:
        return self.header("Subject")


def read(raw: bytes) -> Mail:
    """Parse ``raw``; odd input gives odd parts, too deep a nesting only the headers."""
    beginning = _beginning(raw)
    policy = email.policy.compat32
    try:
        root = email.message_from_bytes(beginning, policy=policy)
    except Exception:  # RecursionError, and what the standard library's parser raises
        root = BytesHeaderParser(policy=policy).parsebytes(beginning)
    return opened(root, size=len(raw))


def _beginning(raw: bytes) -> bytes:
    raw = raw[:MAX_BYTES]
    ends = [
        _end_of_nth(rb"\n|\r(?!\n)", raw, MAX_LINES),
        _end_of_nth(rb"(?i)boundary\s*=", raw, MAX_NESTED),
        _end_of_nth(rb"(?i)message/", raw, MAX_NESTED),
    ]
    return raw[: min(ends)]


def _end_of_nth(pattern: bytes, raw: bytes, number: int) -> int:
    """Where the ``number``-th match begins; the length if there are fewer."""
    for count, match in enumerate(re.finditer(pattern, raw), start=1):
        if count >= number:
            return match.start()
    return len(raw)


def opened(root: Message, *, size: int) -> Mail:
    """The parts of a parsed message, ``size`` bytes long as it came."""
    parts: list[Message] = []
    enclosed: list[Message] = []
    for part, is_enclosed in _walk(root, depth=0):
        (enclosed if is_enclosed else parts).append(part)
        if len(parts) + len(enclosed) >= MAX_PARTS:
            break
    return Mail(root=root, parts=parts, enclosed=enclosed, size=size)


def _walk(part: Message, *, depth: int) -> Iterator[tuple[Message, bool]]:
    if depth > MAX_DEPTH:
        return
    content_type = content_type_of(part)
    if content_type in {"text/rfc822-headers", "message/rfc822-headers"}:
        yield email.message_from_string(part_text(part)), True
        return
    inside = [one for one in _children(part) if isinstance(one, Message)]
    if content_type == "message/rfc822" and inside:
        yield from ((one, True) for one in inside)
    elif inside and content_type.startswith("multipart/"):
        for one in inside:
            yield from _walk(one, depth=depth + 1)
    else:
        yield part, False


def _children(part: Message) -> list[object]:
    # Asked of a text, get_payload() would read it in the charset that it claims.
    payload = part.get_payload() if part.is_multipart() else []
    return list(payload) if isinstance(payload, list) else []


def content_type_of(part: Message) -> str:
    """Its type, also where the semicolon after it is missing; never empty."""
    return (part.get_content_type().replace(";", " ").split() or ["text/plain"])[0]


def is_type(part: Message, content_type: str) -> bool:
    return content_type_of(part) == content_type


def part_text(part: Message) -> str:
    """A part's text in whatever charset it claims, or in one that never fails."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        # message/delivery-status: blocks of fields
        return "\n\n".join(map(_fields_text, _children(part)))[:MAX_TEXT]
    charset = str(part.get_param("charset") or "utf-8").strip("'\"")
    return decoded(payload, charset)[:MAX_TEXT]


def _fields_text(block: object) -> str:
    """The fields and the text of one block, as they came: folding anew is slow."""
    if not isinstance(block, Message):
        return str(block)[:MAX_TEXT]
    lines = [f"{name}: {str(value)[:MAX_HEADER]}" for name, value in block.raw_items()]
    payload = block.get_payload(decode=True)
    rest = decoded(payload, "utf-8") if isinstance(payload, bytes) else ""
    return "\n".join([*lines[:500], "", rest])[:MAX_TEXT].rstrip("\n")


def decoded(octets: bytes, charset: str) -> str:
    """Letters that any database takes: no half of a surrogate pair among them."""
    for candidate in (charset, "utf-8"):
        try:
            if codecs.lookup(candidate).name in _NO_CHARSETS:
                continue
            text = octets.decode(candidate)
        except (LookupError, UnicodeError, ValueError):
            continue
        # UTF-7 can write one.
        return text.encode("utf-8", "replace").decode()
    return octets.decode("latin-1")


def header_text(message: Message, name: str) -> str:
    """A header in letters, on one line; "" if it is missing."""
    raw = _raw_header(message, name)
    try:
        pieces = decode_header(raw)
        text = "".join(
            decoded(piece, charset or "utf-8") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except (HeaderParseError, ValueError, LookupError):
        text = raw
    return " ".join(text.replace("\0", "").split())


def _raw_header(message: Message, name: str) -> str:
    """A header as it came; bytes above ASCII are UTF-8 (RFC 6532), as they should."""
    for known, value in message.raw_items():
        if known.lower() == name.lower():
            octets = str(value)[:MAX_HEADER].encode("utf-8", "surrogateescape")
            return octets.decode("utf-8", "replace")
    return ""


def header_addresses(message: Message, *names: str) -> list[str]:
    """The addresses of these headers, lower case, in order; never their names."""
    values = [header_text(message, name) for name in names]
    if sum(map(len, values)) > MAX_ADDRESS_LIST:
        return addresses_in(" ".join(values))
    try:
        found = [address for _name, address in getaddresses(values)]
    except (ValueError, IndexError, TypeError, RecursionError):
        # The last of comments inside each other, which the library reads that deep.
        found = []
    clean = [as_address(address) for address in found]
    return [address for address in clean if address] or addresses_in(" ".join(values))


def message_ids(text: str) -> list[str]:
    return _MESSAGE_ID.findall(text)
