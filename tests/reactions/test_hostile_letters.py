"""Letters that would have stopped their reader: each is read, stored and settled."""

from __future__ import annotations

import pytest
from tests.factories import RecipientFactory
from tests.own_addresses import reply_address
from tests.reactions import hostile
from tests.reactions.receiving import receive

from winback.reactions.classify import classify
from winback.reactions.models import InboundMessage

pytestmark = pytest.mark.django_db
HEAD = (
    b"From: Ann <ann@example.org>\r\nTo: us@example.com\r\nIn-Reply-To: <x@y>\r\n"
    b"Subject: %s\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s\r\n"
)


@pytest.mark.parametrize(
    ("subject", "charset", "body", "read_as"),
    [
        (b"Hi", b"unicode_escape", rb"half \ud800 a pair", r"half \ud800 a pair"),
        (b"Hi", b"raw_unicode_escape", rb"half \ud800", r"half \ud800"),
        (b"Hi", b"utf-7", b"half +2AA- a pair", "half ? a pair"),
        (b"=?utf-7?q?+2AA-?=", b"us-ascii", b"yes", "yes"),
        (b"=?unicode_escape?q?=5Cud800?=", b"us-ascii", b"yes", "yes"),
        (b"Hi", b"utf-7", b"whole +2D3eAA-", "whole \U0001f600"),
    ],
)
def test_letters_that_no_database_takes_are_read_all_the_same(
    subject, charset, body, read_as
):
    recipient = RecipientFactory(lead__email="ann@example.org")

    message = receive(HEAD % (subject, charset, body), reply_address(recipient.pk))

    assert (message.kind, message.visible_text) == ("reply", read_as)
    assert InboundMessage.objects.filter(processed_at__isnull=True).count() == 0


@pytest.mark.parametrize("charset", [b"punycode", b"idna"])
@pytest.mark.parametrize("body", [b"xn--ab9", b"\xe9ab9"])
def test_a_megabyte_in_a_charset_that_takes_its_square_is_read(charset, body):
    text = body * (hostile.MEGABYTE // len(body))

    found = classify(HEAD % (b"Hi", charset, text))

    assert found.kind == "reply"
