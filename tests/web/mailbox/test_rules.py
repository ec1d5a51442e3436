from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.web.mailbox.conftest import RAW

from winback.web.mailbox.rules import read_mail, read_summary


def test_read_mail_gives_what_a_mail_program_shows():
    read = read_mail(RAW)

    assert (read.subject, read.sender, read.recipient) == (
        "Back in stock",
        "Loom & Lumen <sales@example.com>",
        "dana@example.org",
    )
    assert read.text.strip() == "Hello Dana"
    assert read.html.strip() == (
        '<p>Hello <a href="http://127.0.0.1:9100/t/c/x">Dana</a></p>'
    )
    assert (read.reply_to, read.message_id) == (
        "r-abc@reply.localhost",
        "<m-1@reply.localhost>",
    )
    assert (read.unsubscribe_url, read.one_click) == (
        "http://127.0.0.1:9100/u/tok/",
        True,
    )


def test_read_mail_without_reply_to_answers_the_sender():
    assert read_mail(b"From: Sam <sam@example.com>\r\n\r\nHi").reply_to == (
        "sam@example.com"
    )


def test_read_summary_decodes_encoded_words():
    raw = b"From: a@example.com\r\nSubject: =?utf-8?b?0J/RgNC40LLRltGC?=\r\n\r\nx"

    assert read_summary(raw) == ("a@example.com", "Привіт")


@given(st.binary(max_size=400))
def test_read_mail_never_raises(raw):
    assert isinstance(read_mail(raw).subject, str)
    assert isinstance(read_summary(raw), tuple)


@given(st.binary(max_size=80), st.sampled_from(["From", "Subject", "Content-Type"]))
def test_read_mail_never_raises_for_a_broken_header(value, name):
    raw = name.encode() + b": " + value.replace(b"\n", b"") + b"\r\n\r\nbody"

    assert isinstance(read_mail(raw).text, str)
