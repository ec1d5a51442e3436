"""How text becomes the ASCII of a mail: RFC 2045, 2047, 5322 and 6532.

Bodies are quoted-printable, always. Stretches of it can be joined anywhere by a
soft line break, which is what lets constant ones be encoded once; no line is
over 76 characters on any server, no line begins with a dot, and the source
stays readable to people and filters. For Cyrillic and Persian it costs size
where base64 would not, but markup outweighs text in our mails.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache

from winback.delivery.addresses import wire_domain

LINE_LENGTH = 76
SOFT_BREAK = b"=\r\n"
_LINE_END = re.compile("\r\n?")
_LEADING_DOTS = re.compile(rb"^\.+", re.M)
# Short printable ASCII that needs nothing at all: names, links, numbers.
_PLAIN = re.compile(r"[!-<>-~][ -<>-~]{0,73}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_PLAIN_PHRASE = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
_DOT_ATOM = re.compile(rf"(?:{_ATEXT}|[^\x00-\xa0])+(?:\.(?:{_ATEXT}|[^\x00-\xa0])+)*")
_PLAIN_ADDRESS = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*@[A-Za-z0-9._-]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPECIAL = re.compile(r'(["\\])')
_WORD_OVERHEAD = len("=?utf-8?b??=")


def quoted_printable(text: str) -> bytes:
    """One stretch of a body; any sequence of results is valid when joined.

    Each begins and ends at the start of a line: where the text does not end
    with a line break of its own, a soft one follows. Line ends become CRLF.
    """
    if _PLAIN.fullmatch(text) and text[0] != ".":
        return text.encode("ascii") + SOFT_BREAK
    if not text:
        return b""
    octets = _LINE_END.sub("\n", text).encode("utf-8", "replace")
    encoded = binascii.b2a_qp(octets, quotetabs=False, istext=True)
    encoded = _LEADING_DOTS.sub(_encoded_dots, encoded)
    if not encoded.endswith(b"\n"):
        encoded = _with_room(encoded) + b"=\n"
    return encoded.replace(b"\n", b"\r\n")


# First names, prices and addresses of our own come again and again.
quoted_printable_value = lru_cache(maxsize=4096)(quoted_printable)


def unstructured(name: str, text: str) -> bytes:
    """A header such as Subject, folded, without its final line break.

    Control characters, line breaks among them, become one space each run: no
    value can begin another header.
    """
    return _header(name, _free_text(one_line(text), first_room=_first_room(name)))


def address_header(name: str, display: str, address: str) -> bytes:
    """A header such as From or To with one address.

    A local part that is not ASCII stays as it is (RFC 6532) and needs SMTPUTF8;
    the domain is written in ASCII. Raises ValueError for an address that cannot
    be written.
    """
    spec = f"<{addr_spec(address)}>"
    phrase = _phrase(one_line(display), first_room=_first_room(name))
    if not phrase:
        return _header(name, spec)
    tail = phrase.rpartition("\r\n")[2]
    room = LINE_LENGTH - (len(name) + 2 if tail is phrase else 0)
    gap = " " if len(tail) + 1 + len(spec) <= room else "\r\n "
    return _header(name, f"{phrase}{gap}{spec}")


def addr_spec(address: str) -> str:
    """``local@domain`` fit for headers and envelope. Raises ValueError if not."""
    if _PLAIN_ADDRESS.fullmatch(address):
        return address
    local, _, domain = address.rpartition("@")
    if not local or not domain or _CONTROLS.search(address):
        raise ValueError(f"not an address: {address!r}")
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f.:IPv]+\]", wire_domain(domain)):
        raise ValueError(f"not a domain: {domain!r}")
    local.encode("utf-8")  # a lone surrogate is a ValueError as well
    if not _DOT_ATOM.fullmatch(local) and not _QUOTED.fullmatch(local):
        local = '"' + _SPECIAL.sub(r"\\\1", local) + '"'
    return f"{local}@{wire_domain(domain)}"


def one_line(text: str) -> str:
    """``text`` fit for a header: every run of control characters is one space."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROLS.sub(" ", text).encode("utf-8", "replace").decode().strip()


def _header(name: str, value: str) -> bytes:
    return f"{name}: {value}".encode()


def _first_room(name: str) -> int:
    return LINE_LENGTH - len(name) - 2


def _free_text(text: str, *, first_room: int) -> str:
    if not text.isascii() or "=?" in text or "  " in text:
        return _encoded_words(text, first_room=first_room)
    words = text.split(" ")
    if max(map(len, words)) >= first_room:
        return _encoded_words(text, first_room=first_room)
    lines, room = [words[0]], first_room
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
            room = LINE_LENGTH - 1
    return "\r\n ".join(lines)


def _phrase(text: str, *, first_room: int) -> str:
    if not text.isascii() or len(text) >= first_room - 2 or "=?" in text:
        return _encoded_words(text, first_room=first_room)
    if not text or _PLAIN_PHRASE.fullmatch(text):
        return text
    return '"' + _SPECIAL.sub(r"\\\1", text) + '"'


def _encoded_words(text: str, *, first_room: int) -> str:
    """RFC 2047 words in base64, at most a line each, whole characters in each."""
    whole = text.encode()
    if len(whole) <= _word_bytes(first_room):
        return _word(whole)
    words, chunk, size = [], bytearray(), _word_bytes(first_room)
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > size:
            words.append(_word(chunk))
            chunk, size = bytearray(), _word_bytes(LINE_LENGTH - 1)
        chunk += octets
    words.append(_word(chunk))
    return "\r\n ".join(words)


def _word_bytes(room: int) -> int:
    return (min(room, 75) - _WORD_OVERHEAD) // 4 * 3


def _word(chunk: bytes | bytearray) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?="


def _encoded_dots(match: re.Match[bytes]) -> bytes:
    return b"=2E=\n" * len(match[0])


def _with_room(encoded: bytes) -> bytes:
    """The stretch with one place left on its last line for the soft break."""
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start < LINE_LENGTH:
        return encoded
    cut = -3 if encoded[-3:-2] == b"=" else -1
    moved = encoded[cut:]
    return encoded[:cut] + b"=\n" + (b"=2E" if moved == b"." else moved)
