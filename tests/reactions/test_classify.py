import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.reactions import mails

from winback.reactions.classify import Kind, classified, classify
from winback.reactions.classify.parsing import header_addresses, read

WORDS = st.sampled_from(
    [
        b"From: ", b"MAILER-DAEMON", b"Subject: ", b"=?utf-8?B?", b"=?x?Q?=ZZ?=",
        b"Content-Type: multipart/report; boundary=b\n\n", b"--b\n", b"--b--\n",
        b"Content-Type: message/delivery-status\n\n", b"Final-Recipient: rfc822;",
        b"Content-Type: message/rfc822\n\n", b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: text/plain; charset=martian\n\n", b"Auto-Submitted: auto\n",
        b"Content-Type: message/feedback-report\n\n", b"Feedback-Type: abuse\n",
        b"In-Reply-To: <", b"> On 3 May, X wrote:\n", b"\n", b"\r\n", b"\0",
        b"\xff\xfe", b"5.1.1", b"a@b.example", b"<" * 50, b"(" * 50, b">" * 50,
    ]
)  # fmt: skip
BYTES = st.lists(WORDS | st.binary(max_size=40), max_size=40).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(BYTES)
@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000)
@example(b"Content-Type: message/rfc822\n\n" * 3000)
@example(b"Subject: " + b"<" * 100_000)
@example(b"\n" + b"On 1 \n" * 20_000)
@example(b"\n" + b"> " * 50_000)
@example(b"From: " + b"a@" * 50_000)
def test_classify_answers_whatever_comes(raw):
    assert classify(raw).kind in Kind


def test_reading_gets_through_comments_without_end_and_charsets_with_a_nul():
    """Found by the fuzzing: the guard around the whole would have called it unknown."""
    nested = b"From: Ann <ann@example" + b"(" * 1900 + b"\n\nHi"
    with_nul = b"Content-Type: text/plain; charset=x\0y\n\nHi \xff"

    assert header_addresses(read(nested).root, "From") == ["ann@example"]
    assert classified(read(with_nul)).kind in Kind


def test_a_bounce_with_a_large_copy_is_read_as_well():
    raw = mails.bounce() + b"\n--b\nContent-Type: text/plain\n\n" + b"x y z\n" * 700_000

    found = classify(raw)

    assert (found.kind, found.recipients) == ("bounce", ["ann@example.org"])


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (mails.reply(), "reply"),
        (mails.reply("Gone.", Auto_Submitted="auto-replied"), "auto_reply"),
        (mails.reply("Gone.", subject="Automatic reply: Hi"), "auto_reply"),
        (mails.reply("Немає мене", subject="Автовідповідь: Hi"), "auto_reply"),
        (mails.reply("Yes", Auto_Submitted="no"), "reply"),
        (mails.reply("Please unsubscribe me"), "unsubscribe"),
        (mails.reply("Відпишіть мене"), "unsubscribe"),
        (
            mails.reply("Can I unsubscribe Bob and order ten lamps for our new office "
                        "in Lviv by Friday, please?"),
            "reply",
        ),
        (mails.bounce(), "bounce"),
        (mails.bounce(action="delivered", words="250 ok", status="2.0.0"), "delivered"),
        (mails.complaint(), "complaint"),
        (b"", "unknown"),
    ],
)  # fmt: skip
def test_classify_tells_the_kind(raw, kind):
    assert classify(raw).kind == kind


@pytest.mark.parametrize(
    ("subject", "read"),
    [
        ("Про вашу лампу".encode(), "Про вашу лампу"),
        (b"=?utf-8?B?0JvQsNC80L/QsA==?= & more", "Лампа & more"),
        (b"\xffold", "\ufffdold"),
    ],
)
def test_subject_is_read_encoded_and_as_it_is(subject, read):
    message = b"From: a@b.example\nSubject: " + subject + b"\n\nHi\n"

    assert classify(message).subject == read
