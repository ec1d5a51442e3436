"""Our signatures, checked by dkimpy; what was altered on the way fails."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import dkim
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from winback.core import dkim as keys
from winback.core.dkim_config import DkimKey
from winback.delivery.compose.dkim import (
    OVERSIGNED,
    DkimSigner,
    body_hash,
    relaxed,
    signatures,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HEAD = [
    b"Date: Sat, 21 Nov 2026 12:00:00 +0000",
    b"From: Shop <shop@shop.example>",
    b"To: Olha <olha@example.com>",
    b"Subject: =?utf-8?b?0JLRltGC0LDRjg==?=\r\n =?utf-8?b?0JLRltGC0LDRjg==?=",
    b"Message-ID: <abc@reply.example>",
    b"Reply-To: r-abc@reply.example",
    b"List-Unsubscribe: <https://mail.example/u/abc/>,\r\n <mailto:u@reply.example>",
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    b"Precedence: bulk",
    b"MIME-Version: 1.0",
    b"X-Unsigned: anything",
    b"Content-Type: text/plain; charset=utf-8",
]
BODY = [b"Dear Olha,\r\n", b"..look: https://shop.example/\r\n", b"\r\n\r\n"]
# What differs from header to header once it is folded and spaced at will.
TEXT = st.text(
    st.one_of(
        st.sampled_from("aZ09 \t.,:;=<>@йЖالی\u200c۱😀é\u0301"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=120,
)
FOLDED = st.lists(TEXT, min_size=1, max_size=4).map(lambda parts: "\r\n ".join(parts))
PIECE = st.one_of(
    st.sampled_from([b"\r\n", b".\r\n", b"..", b"", b" \r\n", b"\t", b"x" * 998]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80).map(
        str.encode
    ),
)


@lru_cache
def rsa() -> keys.PrivateKey:
    return keys.parse_private_key(keys.new_rsa_key())


@lru_cache
def ed25519() -> keys.PrivateKey:
    return keys.parse_private_key(keys.new_ed25519_key())


@lru_cache
def signers() -> tuple[DkimSigner, DkimSigner]:
    return (
        DkimSigner("shop.example", "rsa", rsa()),
        DkimSigner("shop.example", "ed", ed25519()),
    )


def look_up(name: bytes, timeout: int = 5) -> bytes | None:
    """The DNS as it stands once both records are published."""
    return {
        b"rsa._domainkey.shop.example.": keys.record_text(rsa()).encode(),
        b"ed._domainkey.shop.example.": keys.record_text(ed25519()).encode(),
    }.get(name)


def written(header: bytes, head: list[bytes], body: list[bytes]) -> bytes:
    return header + b"".join(line + b"\r\n" for line in head) + b"\r\n" + b"".join(body)


def signed(head: list[bytes], body: list[bytes]) -> bytes:
    return written(signatures(signers(), head, body, at=NOW), head, body)


def verdicts(mail: bytes) -> list[bool]:
    """What the second implementation says of each signature."""
    try:
        return [dkim.DKIM(mail).verify(idx=i, dnsfunc=look_up) for i in (0, 1)]
    except dkim.ValidationError:
        return [False, False]


@settings(max_examples=150, deadline=None)
@given(
    subject=FOLDED,
    names=st.lists(FOLDED, min_size=2, max_size=2),
    body=st.lists(PIECE, max_size=12),
)
@example(subject="", names=["", ""], body=[])
@example(subject="\t  ", names=[" a  b\t", "x\r\n \t y"], body=[b"\r\n"])
@example(subject="Знову є", names=["Оля", "оля@приклад.укр"], body=[b"no line end"])
@example(subject="x", names=["a", "b"], body=[b"a\r", b"\n\r", b"\n", b"\r\n\r\n"])
@example(subject="x", names=["a", "b"], body=[b"\r\n", b"\r\n", b".\r\n", b"", b"\r\n"])
def test_signatures_of_any_mail_are_verified_by_dkimpy(
    subject: str, names: list[str], body: list[bytes]
) -> None:
    head = [
        f"From: {names[0]} <shop@shop.example>".encode(),
        f"tO:{names[1]} <olha@example.com>".encode(),
        f"Subject:{subject}".encode(),
        *HEAD[4:],
    ]

    assert verdicts(signed(head, body)) == [True, True]


@settings(max_examples=200, deadline=None)
@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_signature_of_a_body_with_one_byte_altered_fails(at: int, flip: int) -> None:
    body = bytearray(b"".join(BODY[:2]))
    before = body[at % len(body)]
    # White space for white space may be the same to a relaxed reading (RFC 6376 3.4.4).
    assume(not {before, before ^ flip} <= set(b" \t\r\n"))
    body[at % len(body)] ^= flip

    mail = written(signatures(signers(), HEAD, BODY, at=NOW), HEAD, [bytes(body)])

    assert verdicts(mail) == [False, False]


@pytest.mark.parametrize("line", [n for n, h in enumerate(HEAD) if h[:2] != b"X-"])
def test_signature_of_a_header_with_one_byte_altered_fails(line: int) -> None:
    altered = [*HEAD]
    altered[line] = altered[line][:-2] + b"#" + altered[line][-1:]

    mail = written(signatures(signers(), HEAD, BODY), altered, BODY)

    assert verdicts(mail) == [False, False]
    assert verdicts(signed(HEAD, BODY)) == [True, True]


def test_signature_covers_no_header_that_relays_may_change() -> None:
    altered = [line.replace(b"anything", b"else") for line in HEAD]

    assert altered != HEAD
    assert verdicts(written(signatures(signers(), HEAD, BODY), altered, BODY)) == [
        True,
        True,
    ]


@pytest.mark.parametrize("name", sorted(OVERSIGNED))
@pytest.mark.parametrize("first", [True, False])
def test_signature_fails_once_a_header_was_added(name: str, first: bool) -> None:
    without = [line for line in HEAD if not line.lower().startswith(b"reply-to")]
    added = f"{name}: evil@example.net".encode()
    head = [added, *without] if first else [*without, added]

    mail = written(signatures(signers(), without, BODY), head, BODY)

    assert verdicts(mail) == [False, False]


def test_signature_of_the_wrong_key_fails() -> None:
    others = [
        DkimSigner("shop.example", "rsa", keys.parse_private_key(keys.new_rsa_key())),
        DkimSigner(
            "shop.example", "ed", keys.parse_private_key(keys.new_ed25519_key())
        ),
    ]

    assert verdicts(written(signatures(others, HEAD, BODY), HEAD, BODY)) == [
        False,
        False,
    ]


def test_header_is_folded_and_says_what_was_done() -> None:
    (header, _), head = signers(), [*HEAD, b"To: second@example.com"]

    text = header.header(head, BODY, at=NOW)

    lines = text.decode("ascii").split("\r\n")
    assert text.endswith(b"\r\n")
    assert max(map(len, lines)) <= 76
    tags = dict(
        tag.strip().split("=", 1)
        for tag in re.sub(r"\s+", "", text.decode().partition(":")[2]).split(";")
    )
    assert {name: tags[name] for name in "vacdst"} == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/simple",
        "d": "shop.example",
        "s": "rsa",
        "t": str(int(NOW.timestamp())),
    }
    assert tags["h"] == (
        "from:from:to:to:to:subject:subject:date:date:message-id:reply-to:reply-to:"
        "mime-version:content-type:list-unsubscribe:list-unsubscribe:"
        "list-unsubscribe-post:list-unsubscribe-post:precedence"
    )


def test_signature_of_a_header_that_stands_twice_is_verified() -> None:
    # RFC 6376, 5.4.2: the last one is signed first.
    head = [*HEAD, b"To: second@example.com", b"Precedence: list"]

    assert verdicts(signed(head, BODY)) == [True, True]


def test_header_without_a_time_tells_none() -> None:
    assert b" t=" not in signers()[1].header(HEAD, BODY)


def test_signatures_of_no_signer_are_nothing() -> None:
    assert signatures([], HEAD, BODY) == b""


def test_signer_is_made_from_a_key_of_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(keys.new_ed25519_key())
    configured = DkimKey("shop.example", "ed", path)

    signer = DkimSigner.of(keys.load_key(configured))

    assert (signer.domain, signer.selector) == ("shop.example", "ed")
    assert b"a=ed25519-sha256" in signer.header(HEAD, BODY)


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        ([], b"\r\n"),
        ([b""], b"\r\n"),
        ([b"\r\n"], b"\r\n"),
        ([b"\r\n", b"\r\n\r\n"], b"\r\n"),
        ([b"a"], b"a\r\n"),
        ([b"a\r\n"], b"a\r\n"),
        ([b"a\r", b"\n\r\n", b"\r", b"\n"], b"a\r\n"),
        ([b"a \r\n", b" \r\n\r\n"], b"a \r\n \r\n"),
        ([b"\r\n\r\na\r\n"], b"\r\n\r\na\r\n"),
    ],
)
def test_body_hash_is_of_the_simple_form(body: list[bytes], canonical: bytes) -> None:
    # RFC 6376, 3.4.3 and the examples of 3.4.5.
    assert body_hash(body) == b64encode(hashlib.sha256(canonical).digest())


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (b" X", b"a:X\r\n"),
        (b" Y\t\r\n\tZ  ", b"a:Y Z\r\n"),
        (b"", b"a:\r\n"),
        (b" \t ", b"a:\r\n"),
        (b"\r\n \r\n ", b"a:\r\n"),
        (b" \x0bv\x0c ", b"a:\x0bv\x0c\r\n"),
    ],
)
def test_relaxed_header_is_unfolded_and_spaced_once(
    value: bytes, canonical: bytes
) -> None:
    # RFC 6376, 3.4.2 and the examples of 3.4.5.
    assert relaxed(b"a", value) == canonical
