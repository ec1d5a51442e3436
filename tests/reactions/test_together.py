"""Two readers, or a reader and a person, at one mail at the same moment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from tests.factories import NOW, RecipientFactory, UserFactory
from tests.own_addresses import reply_address, verp_address
from tests.reactions import mails
from tests.reactions.receiving import LATER, receive
from tests.together import in_threads, needs_writers_at_once

from winback.crm.models import Lead, Task
from winback.reactions.models import InboundMessage
from winback.reactions.services import inbound
from winback.reactions.services.undoing import undo_effect

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    needs_writers_at_once,
]
SOFT = {"status": "4.2.2", "words": "452 4.2.2 mailbox full"}


@pytest.fixture
def recipient():
    return RecipientFactory(lead__email="ann@example.org", lead__owner=UserFactory())


def read_at_once(*raws, to):
    for number, raw in enumerate(raws):
        inbound.store_message(
            raw, envelope_from="", envelope_to=to, now=LATER + timedelta(hours=number)
        )
    pks = InboundMessage.objects.values_list("pk", flat=True)
    in_threads(*(partial(inbound.process_message, pk, now=LATER) for pk in pks))


def test_one_letter_by_two_roads_counts_once(recipient):
    raw = mails.reply()

    read_at_once(raw, b"Received: by mx\r\n" + raw, to=reply_address(recipient.pk))

    kinds = InboundMessage.objects.order_by("reason").values_list("reason", flat=True)
    assert list(kinds) == ["", "duplicate"]
    assert Task.objects.count() == 1


def test_two_bounces_of_one_mail_count_once(recipient):
    raws = [mails.bounce(message_id=f"<{n}@mx>", **SOFT) for n in range(3)]

    read_at_once(*raws, to=verp_address(recipient.pk))

    assert Lead.objects.get(pk=recipient.lead_id).bounce_count == 1


def test_two_effects_undone_at_once_leave_no_date(recipient):
    to, person = reply_address(recipient.pk), UserFactory()
    for number in range(2):
        at = LATER + timedelta(hours=number)
        receive(mails.reply(message_id=f"<{number}@x>"), to, at=at)
    replied = [
        message.effects.get(kind="replied").pk
        for message in InboundMessage.objects.all()
    ]

    in_threads(*(partial(undo_effect, pk, by=person, now=NOW) for pk in replied))

    recipient.refresh_from_db()
    assert recipient.replied_at is None
