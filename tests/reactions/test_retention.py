from datetime import timedelta

import pytest
from tests.factories import NOW, LeadFactory, RecipientFactory
from tests.own_addresses import reply_address
from tests.reactions import mails
from tests.reactions.receiving import LATER, receive

from winback.reactions.models import InboundMessage
from winback.reactions.services import retention
from winback.reactions.services.retention import forget_old

pytestmark = pytest.mark.django_db
YEAR_LATER = LATER + timedelta(days=365, seconds=1)


def news(key, **values):
    return InboundMessage.objects.create(
        content_hash=key,
        source="event",
        raw=b"{}",
        received_at=LATER,
        processed_at=LATER,
        handled_at=LATER,
        **values,
    )


def test_what_is_old_loses_its_bytes_and_keeps_what_was_read(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    row = RecipientFactory(lead=LeadFactory(email="ann@example.org"))
    to = reply_address(row.pk)
    old = [receive(mails.reply(message_id=f"<{number}@x>"), to) for number in range(3)]
    young = receive(mails.reply(message_id="<new@x>"), to, at=YEAR_LATER)

    assert forget_old(days=365, now=YEAR_LATER) == 3
    assert forget_old(days=365, now=YEAR_LATER) == 0

    for message in old:
        message.refresh_from_db()
        assert (bytes(message.raw), message.forgotten_at) == (b"", YEAR_LATER)
        assert (message.kind, message.visible_text) == (
            "reply",
            "Yes, still interested!",
        )
    young.refresh_from_db()
    assert bytes(young.raw) == mails.reply(message_id="<new@x>")
    # The same message still counts once.
    assert receive(mails.reply(message_id="<0@x>"), to, at=YEAR_LATER) is None


def test_what_waits_for_a_person_is_never_forgotten():
    waiting = receive(b"", "")

    forget_old(days=30, now=YEAR_LATER)

    waiting.refresh_from_db()
    assert (waiting.forgotten_at, waiting.handled_at) == (None, None)


def test_news_without_effects_leave_and_those_with_effects_stay():
    news("1")
    kept = news("2")
    kept.effects.create(kind="bounced", at=NOW)

    forget_old(days=365, now=YEAR_LATER)

    assert [message.pk for message in InboundMessage.objects.all()] == [kept.pk]
