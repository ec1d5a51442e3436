"""A mail that nobody knew the fate of turns out to have arrived."""

from datetime import timedelta

import pytest
from tests.factories import NOW, LeadFactory, RecipientFactory, UserFactory
from tests.own_addresses import verp_address
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.core.models import AuditEntry
from winback.mailings.models import Recipient
from winback.mailings.queries import ledger_sums
from winback.reactions.services.undoing import undo_effect, undo_message

pytestmark = pytest.mark.django_db
ARRIVED, UNDONE = NOW + timedelta(hours=3), NOW + timedelta(days=1)
BEFORE = NOW - timedelta(days=40)


@pytest.fixture
def recipient():
    lead = LeadFactory(email="ann@example.org", last_mailed_at=BEFORE)
    row = {"fate": "uncertain", "sent_at": None, "error": "the connection broke"}
    return RecipientFactory(lead=lead, **row)


def arrives(recipient):
    told = mails.bounce(action="delivered", status="2.0.0", words="250 2.0.0 taken")
    return receive(told, verp_address(recipient.pk), at=ARRIVED)


def row_of(recipient):
    recipient.refresh_from_db()
    recipient.lead.refresh_from_db()
    return (
        recipient.fate,
        recipient.sent_at,
        recipient.error,
        recipient.lead.last_mailed_at,
    )


UNCERTAIN = ("uncertain", None, "the connection broke", BEFORE)
SENT = ("sent", ARRIVED, "", ARRIVED)


def test_an_uncertain_mail_that_arrived_is_a_sent_one(recipient):
    message = arrives(recipient)

    assert message.kind == "delivered"
    assert row_of(recipient) == SENT
    sums = ledger_sums(recipient.mailing)
    assert (sums.sent, sums.uncertain, sums.hold) == (1, 0, True)
    assert list(message.effects.values_list("kind", flat=True)) == ["arrived"]
    entry = AuditEntry.objects.get(action="inbox.settle_uncertain")
    assert entry.subject_id == str(recipient.mailing_id)


def test_undoing_makes_it_uncertain_again(recipient):
    message = arrives(recipient)

    assert undo_message(message, by=UserFactory(), now=UNDONE) == (1, 0)

    assert row_of(recipient) == UNCERTAIN
    assert ledger_sums(recipient.mailing).hold


def test_undoing_leaves_what_became_of_it_since(recipient):
    effect = arrives(recipient).effects.get()
    again = UNDONE - timedelta(hours=1)
    Recipient.objects.filter(pk=recipient.pk).update(sent_at=again)

    assert undo_effect(effect.pk, by=None, now=UNDONE) is False

    assert row_of(recipient) == ("sent", again, "", ARRIVED)


@pytest.mark.parametrize("fate", ["ready", "handing_over", "failed"])
def test_only_an_uncertain_mail_is_settled(recipient, fate):
    Recipient.objects.filter(pk=recipient.pk).update(fate=fate)

    message = arrives(recipient)

    assert row_of(recipient)[0] == fate
    assert not message.effects.exists()
