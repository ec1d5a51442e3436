"""Our bytes mean what Python's email package says the same parts mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, message_from_string
from email.errors import NonASCIILocalPartDefect
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winback.delivery.compose import encoding
from winback.delivery.compose.frame import Attachment
from winback.delivery.compose.skeleton import (
    ComposedMail,
    Person,
    Sender,
    Skeleton,
    Stretches,
    Values,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
SCRIPTS = st.text(
    st.sampled_from('aZ09 .,=?_"\\<>@;:()\t\nйіїґЖшالیکپ\u200cژ۱۲你😀é\u0301\r'),
    max_size=200,
)
BODY = st.one_of(TEXT, SCRIPTS)
# What the email package cannot hold itself is not compared, only ours checked.
NAME = st.text(st.sampled_from('aB .,"\\<>@()йЖالی\u200c😀=?'), max_size=90)


def compose(
    subject: str = "Hello",
    text: list[str] | None = None,
    html: list[str] | None = None,
    *,
    text_values: list[str] | None = None,
    html_values: list[str] | None = None,
    name: str = "Olha",
    address: str = "olha@example.com",
    from_name: str = "Shop",
    attachments: Sequence[Attachment] = (),
) -> ComposedMail:
    skeleton = Skeleton(
        sender=Sender(name=from_name, address="shop@example.org"),
        text=Stretches(text or ["Hi\n"]),
        html=None if html is None else Stretches(html),
        language="uk",
        feedback_id="7:0:mailing:winback",
        attachments=attachments,
    )
    person = Person(
        name=name,
        address=address,
        message_id="<abc@reply.localhost>",
        envelope_sender="b-abc@reply.localhost",
        reply_to="r-abc@reply.localhost",
        unsubscribe_url="https://mail.example/u/abc/",
        unsubscribe_address="u-abc@reply.localhost",
    )
    html_bytes, text_bytes = (
        [encoding.quoted_printable(value) for value in values or []]
        for values in (html_values, text_values)
    )
    values = Values(subject, html_bytes, text_bytes)
    return skeleton.compose(person, values, now=NOW)


def parsed(mail: ComposedMail) -> EmailMessage:
    if mail.needs_smtputf8:
        return message_from_string(mail.content.decode(), policy=SMTPUTF8)
    return message_from_bytes(mail.content, policy=SMTP)


def display_name(mail: ComposedMail, header: str) -> str:
    """As RFC 2047 reads it; the new parser keeps spaces between encoded words."""
    raw = message_from_bytes(mail.content)[header]
    phrase = re.sub(r"\r\n(?=[ \t])", "", raw).rpartition("<")[0].strip()
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return str(make_header(decode_header(phrase)))


def assert_clean(mail: ComposedMail) -> None:
    message = parsed(mail)
    assert [part.defects for part in message.walk()] == [[]] * len(list(message.walk()))
    for value in message.values():
        # The email package calls every SMTPUTF8 address a defect.
        kinds = {type(defect) for defect in value.defects}
        assert kinds <= ({NonASCIILocalPartDefect} if mail.needs_smtputf8 else set())
    lines = mail.content.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 200
    assert not any(line.startswith(b".") for line in lines)
    assert mail.needs_smtputf8 or mail.content.isascii()


def as_lines(text: str) -> str:
    return re.sub("\r\n?", "\n", text)


def as_body(text: str) -> str:
    text = as_lines(text)
    return text if text.endswith("\n") else text + "\n"


@settings(max_examples=300, deadline=None)
@given(
    parts=st.lists(BODY, min_size=1, max_size=7).filter(lambda p: len(p) % 2 == 1),
    html=st.lists(BODY, min_size=1, max_size=7).filter(lambda p: len(p) % 2 == 1),
)
@example(parts=["." * 80 + "\n.\n..x" + "a" * 70], html=["x" * 76, "y" * 76, " \n"])
@example(parts=["a \n", "b\t", "\n"], html=["é" * 26, ".", "é" * 100])
@example(parts=["x" * 75 + "é"], html=["\n\n", "\n", ""])
@example(parts=["--=_\n"], html=["Subject: x\r\n\r\n"])
def test_compose_random_bodies_mean_what_the_email_package_says(
    parts: list[str], html: list[str]
) -> None:
    mail = compose(
        text=parts[::2],
        text_values=parts[1::2],
        html=html[::2],
        html_values=html[1::2],
    )

    assert_clean(mail)
    theirs = EmailMessage(policy=SMTP)
    # One normalisation is ours: line ends. Halves of a CRLF never meet in one
    # stretch, as templates are normalised before they are cut.
    joined = [
        "".join([as_lines(piece) for piece in pieces[:-1]] + [as_body(pieces[-1])])
        for pieces in (parts, html)
    ]
    theirs.set_content(joined[0], cte="quoted-printable")
    theirs.add_alternative(joined[1], subtype="html", cte="base64")
    theirs = message_from_bytes(theirs.as_bytes(), policy=SMTP)
    for subtype, ours, text in zip(
        ("plain", "html"), parsed(mail).iter_parts(), joined, strict=True
    ):
        same = theirs.get_body((subtype,))
        assert ours.get_content_type() == f"text/{subtype}"
        assert ours.get_content_charset() == "utf-8"
        assert ours.get_payload(decode=True).decode() == text.replace("\n", "\r\n")
        if subtype == "html" and "\n" not in text[:-1]:
            assert same is not None
            assert ours.get_content().rstrip() == same.get_content().rstrip()


@settings(max_examples=300, deadline=None)
@given(subject=BODY, name=NAME, from_name=NAME)
@example(subject="a" * 300, name="x" * 200, from_name="word " * 60)
@example(subject="Вітаю, Олю! " * 20, name="Ольга " * 20, from_name="=?utf-8?b?eA==?=")
@example(subject="x\r\nBcc: all@example.com", name='"\r\nBcc: x', from_name="\x00")
def test_compose_random_headers_mean_what_the_email_package_says(
    subject: str, name: str, from_name: str
) -> None:
    mail = compose(subject=subject, name=name, from_name=from_name)

    assert_clean(mail)
    message = parsed(mail)
    assert message["Subject"] == encoding.one_line(subject)
    assert display_name(mail, "To") == encoding.one_line(name)
    assert display_name(mail, "From") == encoding.one_line(from_name)
    assert [box.addr_spec for box in message["To"].addresses] == ["olha@example.com"]
    theirs = EmailMessage(policy=SMTP)
    theirs["Subject"] = encoding.one_line(subject)
    theirs = message_from_bytes(theirs.as_bytes(), policy=SMTP)
    # Python 3.11 loses spaces between its own encoded words.
    assert "".join(message["Subject"].split()) == "".join(theirs["Subject"].split())
    assert message.keys() == [
        "Date",
        "From",
        "To",
        "Subject",
        "Message-ID",
        "Reply-To",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Precedence",
        "Auto-Submitted",
        "Feedback-ID",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ]


def test_compose_headers_are_those_mailing_tools_send() -> None:
    message = parsed(compose())

    assert message["Date"] == "Sat, 21 Nov 2026 12:00:00 +0000"
    assert message["Message-ID"] == "<abc@reply.localhost>"
    assert message["Reply-To"] == "r-abc@reply.localhost"
    assert message["List-Unsubscribe"] == (
        "<https://mail.example/u/abc/>,"
        " <mailto:u-abc@reply.localhost?subject=unsubscribe>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "7:0:mailing:winback"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("address", "wire", "utf8"),
    [
        ("olha@example.com", "olha@example.com", False),
        ("olha@приклад.укр", "olha@xn--80aikifvh.xn--j1amh", False),
        ("оля@приклад.укр", "оля@xn--80aikifvh.xn--j1amh", True),
        ("می\u200cخواهم@example.com", "می\u200cخواهم@example.com", True),
        ("o'neil+x=y@example.com", "o'neil+x=y@example.com", False),
        ("two words@example.com", '"two words"@example.com', False),
        ('"two words"@example.com', '"two words"@example.com', False),
        (r'"a\"b"@example.com', r'"a\"b"@example.com', False),
        ('"open@example.com', r'"\"open"@example.com', False),
    ],
)
def test_compose_address_of_any_script_is_written_for_the_wire(
    address: str, wire: str, utf8: bool
) -> None:
    mail = compose(name="Оля", address=address)

    assert (mail.recipient, mail.needs_smtputf8) == (wire, utf8)
    assert_clean(mail)
    assert parsed(mail)["To"].addresses[0].addr_spec == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "@example.com",
        "x@",
        "a\r\nb@example.com",
        "x@exa mple.com",
        "\ud800@x.y",
    ],
)
def test_compose_address_that_cannot_be_written_raises(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compose(address=address)


def test_compose_signer_stands_before_the_mail_it_saw() -> None:
    seen: list[bytes] = []

    def signer(head: Sequence[bytes], body: Sequence[bytes], at: datetime) -> bytes:
        assert at == NOW
        seen.append(b"\r\n".join([*head, b"", b"".join(body)]))
        return b"DKIM-Signature: v=1\r\n"

    skeleton = Skeleton(
        sender=Sender(name="", address="shop@example.org", reply_to="me@example.org"),
        text=Stretches(["Hi"]),
        html=None,
        signer=signer,
    )
    person = Person(
        name="",
        address="a@example.com",
        message_id="<a@b>",
        envelope_sender="b@c",
        reply_to="",
        unsubscribe_url="",
        unsubscribe_address="",
    )

    mail = skeleton.compose(person, Values("Hi", [], []), now=NOW)

    assert mail.content == b"DKIM-Signature: v=1\r\n" + seen[0]
    assert parsed(mail)["Reply-To"] == "me@example.org"
    assert "List-Unsubscribe" not in parsed(mail)


@given(BODY)
@example("a" * 75 + ".")
@example("a" * 300 + ".")
def test_quoted_printable_any_text_keeps_its_promise(text: str) -> None:
    encoded = encoding.quoted_printable(text)

    assert encoded == b"" or encoded.endswith(b"\r\n")
    assert max(map(len, encoded.split(b"\r\n"))) <= 76
    assert not re.search(rb"[ \t]\r\n", encoded)
    assert not any(line.startswith(b".") for line in encoded.split(b"\r\n"))
