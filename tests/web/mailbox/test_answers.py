from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

from tests.web.mailbox.conftest import RAW

from winback.web.mailbox.answers import BounceKind, bounce_of, reply_to, vacation_notice
from winback.web.mailbox.rules import read_mail

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def test_reply_is_threaded_and_quotes_the_original():
    message = reply_to(
        read_mail(RAW), recipient="dana@example.org", text="Yes, please.", now=NOW
    )

    assert {
        name: message[name]
        for name in ("From", "To", "Subject", "In-Reply-To", "References")
    } == {
        "From": "dana@example.org",
        "To": "r-abc@reply.localhost",
        "Subject": "Re: Back in stock",
        "In-Reply-To": "<m-1@reply.localhost>",
        "References": "<m-1@reply.localhost>",
    }
    lines = message.get_content().splitlines()
    assert (lines[0], lines[-1]) == ("Yes, please.", "> Hello Dana")


def test_vacation_notice_says_that_no_person_wrote_it():
    message = vacation_notice(read_mail(RAW), recipient="dana@example.org", now=NOW)

    assert message["Subject"] == "Automatic reply: Back in stock"
    assert message["Auto-Submitted"] == "auto-replied"


def test_hard_bounce_is_a_delivery_report():
    raw = bounce_of(
        RAW,
        kind=BounceKind.HARD,
        sender="b-abc@reply.localhost",
        recipient="dana@example.org",
        now=NOW,
    ).as_bytes()

    report = message_from_bytes(raw)
    notice, status, original = report.get_payload()
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert notice.get_content_type() == "text/plain"
    about_recipient = status.get_payload()[1]
    assert (about_recipient["Action"], about_recipient["Status"]) == ("failed", "5.1.1")
    assert about_recipient["Final-Recipient"] == "rfc822; dana@example.org"
    assert original.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <m-1@reply.localhost>" in original.get_payload()
    assert "Hello Dana" not in original.get_payload()


def test_soft_bounce_is_a_delay():
    report = bounce_of(
        RAW,
        kind=BounceKind.SOFT,
        sender="b-abc@reply.localhost",
        recipient="dana@example.org",
        now=NOW,
    )

    about_recipient = report.get_payload()[1].get_payload()[1]
    assert about_recipient["Status"] == "4.2.2"


def test_bounce_of_an_international_address_survives_the_wire():
    raw = bounce_of(
        "To: користувач@example.org\r\n\r\nx".encode(),
        kind=BounceKind.HARD,
        sender="b-abc@reply.localhost",
        recipient="користувач@example.org",
        now=NOW,
    ).as_bytes()

    _, status, original = message_from_bytes(raw).get_payload()
    assert status.get_payload()[1]["Final-Recipient"].startswith(
        r"utf-8; \x{43A}\x{43E}\x{440}"
    )
    assert "користувач@example.org".encode() in raw
    assert original.get_content_type() == "text/rfc822-headers"
