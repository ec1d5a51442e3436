"""What followed from a message is taken back: that, and nothing else."""

from datetime import date, timedelta

import pytest
from tests.factories import (
    NOW,
    LeadFactory,
    LostLeadFactory,
    RecipientFactory,
    StageFactory,
    UserFactory,
)
from tests.own_addresses import reply_address, unsubscribe_address, verp_address
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.consent.models import BlacklistEntry, BlacklistReason, OptOut
from winback.consent.services import blacklist_address, opt_out
from winback.core.models import AuditEntry
from winback.crm.models import Lead, Task
from winback.crm.services import move_to_stage
from winback.reactions.models import EffectKind, InboundMessage, MessageEffect
from winback.reactions.queries import away_until
from winback.reactions.services.inbound import settle_by_person
from winback.reactions.services.matching import Target
from winback.reactions.services.undoing import undo_effect, undo_message
from winback.results.models import Conversion

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)
UNDONE = NOW + timedelta(days=1)


@pytest.fixture
def person():
    return UserFactory(role="marketing_manager")


@pytest.fixture
def recipient():
    lead = LostLeadFactory(
        email="ann@example.org", lost_at=NOW - timedelta(days=99), owner=UserFactory()
    )
    return RecipientFactory(lead=lead)


def kinds_of(message):
    return list(message.effects.values_list("kind", flat=True))


def test_undoing_a_reply_makes_everything_as_it_was(recipient, person):
    before = Lead.objects.filter(pk=recipient.lead_id).values().get()
    message = receive(mails.reply(), reply_address(recipient.pk), at=LATER)
    assert kinds_of(message) == ["replied", "restored", "task"]
    assert Conversion.objects.count() == 1

    assert undo_message(message, by=person, now=UNDONE) == (3, 0)

    assert Lead.objects.filter(pk=recipient.lead_id).values().get() == before
    recipient.refresh_from_db()
    assert recipient.replied_at is None
    assert (Task.objects.count(), Conversion.objects.count()) == (0, 0)
    assert recipient.lead.losses.get().restored_at is None
    message.refresh_from_db()
    assert message.handled_at is None
    undone = AuditEntry.objects.filter(action="inbox.undo").order_by("pk")
    assert [(entry.actor, entry.at) for entry in undone] == [(person, UNDONE)] * 3
    assert [entry.details["effect"] for entry in undone] == [
        "task",
        "restored",
        "replied",
    ]


def test_undoing_a_restore_leaves_a_lead_that_was_worked_on(recipient, person):
    message = receive(mails.reply(), reply_address(recipient.pk), at=LATER)
    lead = Lead.objects.get(pk=recipient.lead_id)
    stage = StageFactory(name="Qualified")
    move_to_stage(lead, stage, by=person, now=LATER + timedelta(hours=1))
    Task.objects.update(done_at=LATER)

    assert undo_message(message, by=person, now=UNDONE) == (1, 2)

    lead.refresh_from_db()
    assert (lead.status, lead.stage) == ("open", stage)
    assert Task.objects.count() == 1


def test_undoing_the_first_of_two_replies_leaves_the_date_of_the_second(
    recipient, person
):
    to = reply_address(recipient.pk)
    first = receive(mails.reply(), to, at=LATER)
    receive(mails.reply(message_id="<b@x>"), to, at=LATER + timedelta(hours=1))

    undo_message(first, by=person, now=UNDONE)

    recipient.refresh_from_db()
    assert recipient.replied_at == LATER + timedelta(hours=1)


def test_undoing_a_bounce_lifts_the_entry_that_it_made(recipient, person):
    message = receive(mails.bounce(), verp_address(recipient.pk), at=LATER)
    assert kinds_of(message) == ["bounced", "blacklisted"]

    assert undo_message(message, by=person, now=UNDONE) == (2, 0)

    recipient.refresh_from_db()
    lead = Lead.objects.get(pk=recipient.lead_id)
    assert BlacklistEntry.objects.count() == 0
    assert (recipient.bounced_at, recipient.bounce_kind) == (None, "")
    assert (lead.blacklisted, lead.bounce_count) == (False, 0)


def test_undoing_a_bounce_leaves_an_entry_that_was_there_before(recipient, person):
    blacklist_address("ann@example.org", reason=BlacklistReason.BY_HAND, now=NOW)
    message = receive(mails.bounce(), verp_address(recipient.pk), at=LATER)

    assert undo_message(message, by=person, now=UNDONE) == (1, 1)

    assert BlacklistEntry.objects.get().reason == "by_hand"


def test_undoing_one_of_two_reasons_leaves_the_other(recipient, person):
    to = verp_address(recipient.pk)
    bounce = receive(mails.bounce(), to, at=LATER)
    complaint = receive(mails.complaint(), to, at=LATER)

    undo_message(bounce, by=person, now=UNDONE)
    assert BlacklistEntry.objects.count() == 1

    undo_message(complaint, by=person, now=UNDONE)
    assert BlacklistEntry.objects.count() == 0


def test_undoing_an_unsubscribe_request_brings_back_what_was_said_before(
    recipient, person
):
    until = NOW + timedelta(days=80)
    topic = recipient.mailing.topic
    opt_out("ann@example.org", topic, until=until, reason="holiday", now=NOW)
    message = receive(mails.reply("stop"), unsubscribe_address(recipient.pk), at=LATER)
    assert OptOut.objects.get().until is None

    assert undo_message(message, by=person, now=UNDONE) == (2, 0)

    found = OptOut.objects.get()
    assert (found.until, found.reason, found.created_at) == (until, "holiday", NOW)
    recipient.refresh_from_db()
    assert recipient.unsubscribed_at is None


def test_undoing_an_unsubscribe_request_leaves_a_later_wish(recipient, person):
    message = receive(mails.reply("stop"), unsubscribe_address(recipient.pk), at=LATER)
    opt_out("ann@example.org", recipient.mailing.topic, reason="page", now=UNDONE)

    assert undo_message(message, by=person, now=UNDONE) == (1, 1)

    assert OptOut.objects.get().reason == "page"


def test_undoing_twice_is_harmless(recipient, person):
    message = receive(mails.bounce(), verp_address(recipient.pk), at=LATER)
    effect = message.effects.get(kind="bounced")
    undo_effect(effect.pk, by=person, now=UNDONE)
    Lead.objects.update(bounce_count=4)

    assert undo_effect(effect.pk, by=person, now=UNDONE) is None

    assert Lead.objects.get(pk=recipient.lead_id).bounce_count == 4
    assert AuditEntry.objects.filter(action="inbox.undo").count() == 1


def test_soft_bounces_that_were_undone_do_not_add_up(person):
    lead = LeadFactory(email="ann@example.org")
    full = {"status": "4.2.2", "words": "452 4.2.2 mailbox full"}
    for number, day in enumerate([0, 2, 4, 6, 8]):
        row = RecipientFactory(lead=lead)
        raw = mails.bounce(message_id=f"<{number}@mx>", **full)
        at = NOW + timedelta(days=day)
        message = receive(raw, verp_address(row.pk), at=at)
        if number == 0:
            undo_message(message, by=person, now=at)

    assert BlacklistEntry.objects.count() == 0


def test_one_mail_that_bounces_softly_five_times_counts_once(recipient):
    full = {"status": "4.2.2", "words": "452 4.2.2 mailbox full"}
    for number, day in enumerate([0, 2, 4, 6, 8]):
        raw = mails.bounce(message_id=f"<{number}@mx>", **full)
        receive(raw, verp_address(recipient.pk), at=NOW + timedelta(days=day))

    assert BlacklistEntry.objects.count() == 0
    assert Lead.objects.get(pk=recipient.lead_id).bounce_count == 1


def test_a_late_delivery_takes_the_soft_bounce_back(recipient):
    full = {"status": "4.2.2", "words": "452 4.2.2 mailbox full"}
    receive(mails.bounce(**full), verp_address(recipient.pk), at=LATER)
    delivered = mails.bounce(
        action="delivered", status="2.0.0", words="250 ok", message_id="<d@mx>"
    )

    receive(delivered, verp_address(recipient.pk), at=LATER + timedelta(hours=1))

    recipient.refresh_from_db()
    assert (recipient.bounced_at, recipient.bounce_kind) == (None, "")
    effect = MessageEffect.objects.get(kind=EffectKind.BOUNCED)
    assert (effect.undone_at, effect.undone_by) == (LATER + timedelta(hours=1), None)


def test_a_late_delivery_leaves_a_hard_bounce(recipient):
    receive(mails.bounce(), verp_address(recipient.pk), at=LATER)
    delivered = mails.bounce(
        action="delivered", status="2.0.0", words="250 ok", message_id="<d@mx>"
    )

    receive(delivered, verp_address(recipient.pk), at=LATER + timedelta(hours=1))

    assert BlacklistEntry.objects.count() == 1


def test_undoing_an_absence_ends_it(recipient, person, away):
    message = receive(
        mails.reply("Away.", Auto_Submitted="auto-replied"),
        reply_address(recipient.pk),
        at=LATER,
    )
    today = NOW.date()
    assert away_until("ann@example.org", today=today) == date(2026, 5, 20)
    assert away_until("ann@example.org", today=date(2026, 5, 20)) is None
    assert away_until("bob@example.org", today=today) is None

    undo_message(message, by=person, now=UNDONE)

    assert away_until("ann@example.org", today=today) is None
    assert InboundMessage.objects.get().returns_on is None


def test_bounces_of_no_mail_of_ours_are_uncounted_as_they_were_counted(person):
    lead = LeadFactory(email="ann@example.org", bounce_count=4)
    target = Target(address="ann@example.org", lead=lead)
    for number in range(2):
        raw = mails.bounce(message_id=f"<{number}@mx>", status="4.2.2", words="full")
        message = receive(raw, "", at=LATER)
        assert message.handled_at is None
        settle_by_person(message, "bounce", target=target, by=person, now=LATER)
    assert Lead.objects.get().bounce_count == 6

    for message in InboundMessage.objects.all():
        undo_message(message, by=person, now=UNDONE)

    assert Lead.objects.get().bounce_count == 4
