import csv

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.reactions import mails

from winback.reactions.classify import Kind, classify
from winback.reactions.classify.parsing import html_text
from winback.reactions.classify.visible import visible_text

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


@settings(max_examples=500, deadline=1000)
@given(BYTES)
@example(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 3000)
@example(b"Content-Type: message/rfc822\n\n" * 3000)
@example(b"Subject: " + b"<" * 100_000)
@example(b"\n" + b"On 1 \n" * 20_000)
@example(b"\n" + b"> " * 50_000)
@example(b"From: " + b"a@" * 50_000)
def test_classify_answers_whatever_comes(raw):
    assert classify(raw).kind in Kind


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
    ("status", "words", "strength", "reason"),
    [
        ("5.1.1", "550 5.1.1 no such user here", "hard", "userunknown"),
        ("5.1.2", "550 5.1.2 host unknown", "hard", "hostunknown"),
        ("5.2.2", "552 5.2.2 mailbox full", "soft", "mailboxfull"),
        ("5.7.1", "554 5.7.1 listed at zen.spamhaus.org", "soft", "blocked"),
        ("4.1.1", "450 4.1.1 user unknown, try later", "soft", "userunknown"),
        ("5.7.26", "550 5.7.26 DMARC policy", "soft", "authfailure"),
    ],
)
def test_bounces_are_hard_only_where_the_address_is_dead(
    status, words, strength, reason
):
    found = classify(mails.bounce(status=status, words=words))

    assert (found.bounce, found.reason, found.status) == (strength, reason, status)
    assert (found.recipients, found.final) == (["ann@example.org"], "failed")


@pytest.mark.parametrize(
    "quote",
    [
        "On Mon, 4 May 2026 at 10:00, Shop <a@b.example> wrote:\n> Hi\n",
        "пн, 4 трав. 2026 р. о 10:00 Крамниця <a@b.example> пише:\n> Hi\n",
        "Le lun. 4 mai 2026 à 10:00, Shop <a@b.example> a écrit :\n> Hi\n",
        "Am 04.05.2026 um 10:00 schrieb Shop:\n> Hi\n",
        "Loom & Lumen, Kyiv <a@b.example> wrote (Wed, 25 Nov 2026):\n> Hi\n",
        "-----Original Message-----\nFrom: Shop\nSubject: Hi\n\nHi\n",
        "From: Shop <a@b.example>\nSent: Monday\nTo: Ann\nSubject: Hi\n\nHi\n",
        "-- \nAnn Smith\n+44 1\n",
        "Sent from my iPhone\n",
    ],
)
def test_visible_text_ends_where_the_quote_begins(quote):
    assert visible_text(f"Yes, please.\n\nAnn\n\n{quote}") == "Yes, please.\n\nAnn"


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


def test_visible_text_keeps_answers_below_the_quote():
    text = "On Monday, Shop wrote:\n> Still interested?\nYes!\n> Which one?\nThe red.\n"

    assert visible_text(text) == "Yes!\nThe red."


@settings(max_examples=300, deadline=1000)
@given(st.text())
def test_visible_text_is_never_longer_than_the_text(text):
    assert len(visible_text(text)) <= len(text)


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def addresses(cell):
    return {address.lower() for address in cell.split(";") if address}


@pytest.mark.conformance
def test_real_bounces_are_read_right(shared_data):
    rows = [
        row
        for row in rows_of(shared_data / "bounces" / "expected.csv")
        if row["kind"] == "bounce"
    ]
    right = {"kind": 0, "recipient": 0, "with_report": 0, "strength": 0, "final": 0}
    soft_called_hard = 0
    for row in rows:
        found = classify((shared_data / "bounces" / row["file"]).read_bytes())
        named = [addresses(row[f"{name}recipients"]) for name in ("", "alt_")]
        is_right = not named[0] or set(found.recipients) in filter(None, named)
        right["kind"] += found.kind == "bounce"
        right["recipient"] += is_right
        right["with_report"] += is_right and row["has_dsn"] == "1"
        right["strength"] += found.bounce in (row["class"], row["class_alt"] or None)
        right["final"] += found.final == row["final"]
        soft_called_hard += row["class"] == "soft" and found.bounce == "hard"

    # The first form's figures; each better one raises them.
    assert len(rows) == 422
    assert right["kind"] >= 416
    assert right["recipient"] >= 395
    assert right["with_report"] >= 200
    assert right["strength"] >= 371
    assert right["final"] >= 411
    assert soft_called_hard <= 24


@pytest.mark.conformance
def test_real_replies_are_told_from_automatic_ones(shared_data):
    folder = shared_data / "replies"
    wrong = [
        row["file"]
        for row in rows_of(folder / "kinds_expected.csv")
        if (classify((folder / row["file"]).read_bytes()).kind == "auto_reply")
        != (row["kind"] == "autoreply")
    ]

    assert wrong == []


@pytest.mark.conformance
def test_real_replies_show_what_was_written(shared_data):
    folder = shared_data / "replies"
    rows = rows_of(folder / "visible_expected.csv")
    exact = 0
    for row in rows:
        raw = (folder / row["input"]).read_bytes()
        text = raw.decode("utf-8", "replace")
        if row["format"] == "eml":
            found = classify(raw).visible_text
        else:
            found = visible_text(html_text(text) if row["format"] == "html" else text)
        expected = (folder / row["expected"]).read_text("utf-8", "replace")
        exact += found.split() == expected.split()

    assert exact / len(rows) >= 0.75


@pytest.mark.conformance
def test_every_file_that_anybody_collected_gets_an_answer(shared_data):
    files = [path for path in shared_data.rglob("*.eml") if path.is_file()]

    assert len(files) > 400
    assert {classify(path.read_bytes()).reason for path in files} & {
        "unreadable"
    } == set()
