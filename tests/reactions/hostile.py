"""Messages made to hurt a reader: what takes time, memory or the stack."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.reactions import mails

MEGABYTE = 1_000_000
_NEST = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
_HEAD = b"From: <>\nSubject: Undeliverable\nContent-Type: text/plain\n\n"
_HTML = b"From: ann@example.org\nSubject: Hi\nContent-Type: text/html\n\n"
_REPORT = b"From: <>\nContent-Type: multipart/report; boundary=b\n\n--b\n"
_STATUS = _REPORT + b"Content-Type: message/delivery-status\n\n"

# Each repeated to about a megabyte after a head that leads it into the rules.
_REPEATED = [
    b"x",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\t\n",
    b"> ",
    b">\n",
    b"<",
    b"(",
    b"[",
    b'"',
    b"@",
    b"a@",
    b"a@b.",
    b"a@b.example ",
    b"<a@b.example>: ",
    b"<a@b.example>:\n",
    b"-",
    b"--b\n",
    b"=?utf-8?B?",
    b"=?utf-8?Q?=41?= ",
    b"=\n",
    b"=41",
    b"\0",
    b"\xff",
    b"\x1b$B",
    b"on 1 ",
    b"On 1 Jan 2026 ",
    b"On 1 Jan 2026, X\n",
    b"wrote ",
    b"From: a\n",
    b"To:",
    b"From: a\nSent: b\nTo: c\n",
    b"__",
    b"___\n",
    b"sent from my ",
    b"550 ",
    b"550-5.1.1 ",
    b"5.1.1 ",
    b"550 user unknown\n",
    b"exceed",
    b"exceed exceed ",
    b"mailbox ",
    b"user ",
    b"recipient ",
    b"said: 550 ",
    b"remove me ",
    b"unsubscribe ",
    b"until 1 ",
    b"until ",
    b"back on the the ",
    b"new address ",
    b"confirm ",
    b"Final-Recipient: rfc822;a@b.c\n",
    b"Final-Recipient: rfc822;a@b.c\n\n",
    b"Status: 5.1.1\n ",
    b"\n\n",
    b"{",
    b'{"a":[',
    b'{"notificationType":',
    b"<div>",
    b"<blockquote type=cite>",
    b"<p>a",
    b"<table><td>",
    b"&amp;",
    b"<!--",
    b"<style>",
    b"<a href=x>",
    b"<br>",
    b"\xd8\xa7",
    b"\xe2\x80\x8f",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    b"Received: from a by b\n",
    b"To: a@b.example,",
    b"<a@b.example>,",
    b"RCPT TO:<a@b.c>\n",
    b"message-id: <a@b> ",
    b"rejected recipient ",
    b"will be tried ",
    b"quota ",
    b"host ",
]
_HEADS = [
    b"",
    b"Subject: ",
    b"From: ",
    b"To: ",
    b"References: ",
    b"X: a\n ",
    _HEAD,
    _HTML,
]
_HEADS += [_REPORT + b"\n", _STATUS, b"Content-Type: multipart/mixed; boundary=b\n\n"]


def worst_cases(size: int = MEGABYTE) -> Iterator[bytes]:
    """Every repeated piece after every head, and what nests or is very large.

    The repeated ones have about ``size`` bytes, the largest fifteen times as many.
    """
    for head in _HEADS:
        for piece in _REPEATED:
            yield head + piece * (size // len(piece))
    yield from _nested_and_large(size)


def _nested_and_large(size: int) -> list[bytes]:
    nested = b"".join(_NEST % (number, number) for number in range(20_000))
    return [
        nested,
        nested[:size] + b"a line\n" * (size // 5),
        b"Content-Type: message/rfc822\n\n" * (size // 20),
        b"x" * 10 * size,
        _HEAD + b"y" * 10 * size,
        _HTML + b"z" * 10 * size,
        _HEAD + b"a line of text\n" * size,
        b"".join(b"X-%d: y\n" % number for number in range(size // 5)),
        _REPORT + b"Content-Type: text/plain\n\nx\n--b\n" * (size // 50),
        mails.bounce() + b"x y z\n" * (size + size // 2),
        b"",
    ]


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    """One of ``seeds``, damaged in one to six ways."""
    raw = chance.choice(seeds)
    for _ in range(chance.randint(1, 6)):
        raw = chance.choice(_DAMAGES)(raw, seeds, chance)
    return raw[:MEGABYTE]


def _flip(raw: bytes, _seeds: list[bytes], chance: random.Random) -> bytes:
    octets = bytearray(raw or b"\n")
    for _ in range(chance.randint(1, 20)):
        octets[chance.randrange(len(octets))] = chance.randrange(256)
    return bytes(octets)


def _cut(raw: bytes, _seeds: list[bytes], chance: random.Random) -> bytes:
    first, last = sorted((chance.randint(0, len(raw)), chance.randint(0, len(raw))))
    return chance.choice([raw[:first], raw[last:], raw[:first] + raw[last:]])


def _splice(raw: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(seeds)
    return raw[: chance.randint(0, len(raw))] + other[chance.randint(0, len(other)) :]


def _lines(raw: bytes, _seeds: list[bytes], chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    at = chance.randrange(len(lines))
    action = chance.randrange(4)
    if action == 0:
        lines[at:at] = [lines[at]] * chance.choice([1, 3, 50])
    elif action == 1:
        del lines[at : at + chance.randint(1, 5)]
    elif action == 2:
        part = lines[at : at + 12]
        chance.shuffle(part)
        lines[at : at + 12] = part
    else:
        lines[at : at + 3] = [b" ".join(lines[at : at + 3])]
    return b"\n".join(lines)


def _insert(raw: bytes, _seeds: list[bytes], chance: random.Random) -> bytes:
    at = chance.randint(0, len(raw))
    piece = chance.choice(_REPEATED) * chance.choice([1, 2, 40, 400])
    return raw[:at] + piece + raw[at:]


def _replace(raw: bytes, _seeds: list[bytes], chance: random.Random) -> bytes:
    old, new = chance.choice(_SWAPS)
    return raw.replace(old, new, chance.choice([1, -1]))


_SWAPS = [
    (b"\n", b"\r\n"),
    (b"\n", b"\r"),
    (b"boundary=", b'boundary="=?'),
    (b"--", b"-"),
    (b"text/plain", b"text/html"),
    (b"text/plain", b"multipart/mixed"),
    (b"charset=", b"charset=x-"),
    (b"utf-8", b"utf-7"),
    (b"utf-8", b"utf-16"),
    (b"7bit", b"base64"),
    (b"quoted-printable", b"base64"),
    (b": ", b":"),
    (b"@", b""),
    (b"@", b"@@"),
    (b"<", b""),
    (b">", b"> "),
    (b"message/rfc822", b"text/rfc822-headers"),
    (b"delivery-status", b"feedback-report"),
    (b";", b""),
    (b"5.1.1", b"5.1."),
    (b"Subject", b"Subject:\nSubject"),
    (b"a", b"\xd0\xb0"),
    (b"e", b"\x80"),
]
_DAMAGES: list[Callable[[bytes, list[bytes], random.Random], bytes]] = [
    _flip,
    _cut,
    _splice,
    _lines,
    _lines,
    _insert,
    _replace,
]
