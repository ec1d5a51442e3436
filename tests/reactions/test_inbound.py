from datetime import timedelta

import pytest
from tests.factories import NOW, LeadFactory, RecipientFactory, UserFactory
from tests.own_addresses import (
    message_id,
    reply_address,
    unsubscribe_address,
    verp_address,
)
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.consent.models import BlacklistEntry, OptOut
from winback.crm.models import Lead, Task
from winback.crm.timeline import timeline
from winback.mailings.models import Mailing, Recipient
from winback.reactions.models import InboundMessage
from winback.reactions.services import effects, inbound
from winback.reactions.services.matching import target_of
from winback.results.models import Conversion

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def recipient():
    lead = LeadFactory(
        email="ann@example.org",
        contact_name="Ann",
        status="lost",
        active=False,
        lost_at=NOW - timedelta(days=99),
        owner=UserFactory(language="uk"),
    )
    return RecipientFactory(lead=lead)


def test_a_human_reply_is_noted_restores_the_lead_and_gives_a_task(recipient):
    message = receive(mails.reply(), reply_address(recipient.pk))

    assert (message.kind, message.recipient) == ("reply", recipient)
    assert message.visible_text == "Yes, still interested!"
    assert message.handled_at == LATER
    recipient.refresh_from_db()
    assert recipient.replied_at == LATER
    lead = recipient.lead
    lead.refresh_from_db()
    assert (lead.status, lead.active, lead.last_engaged_at) == ("open", True, LATER)
    task = Task.objects.get()
    assert (task.lead, task.owner) == (lead, lead.owner)
    credit = Conversion.objects.get()
    assert (credit.mailing, credit.recipient) == (recipient.mailing, recipient)
    line = next(item for item in timeline(lead) if item.kind == "mail_replied")
    assert (line.at, line.body) == (LATER, "Yes, still interested!")


def test_a_reply_does_only_what_the_mailing_says(recipient):
    mailing = recipient.mailing
    mailing.restore_on_reply = mailing.task_on_reply = False
    mailing.save()

    receive(mails.reply(), reply_address(recipient.pk))

    recipient.refresh_from_db()
    assert recipient.replied_at == LATER
    assert Lead.objects.get(pk=recipient.lead_id).status == "lost"
    assert Task.objects.count() == 0


def test_the_same_message_twice_counts_once(recipient):
    to = reply_address(recipient.pk)
    receive(mails.reply(), to)

    assert receive(mails.reply(), to, at=LATER + timedelta(1)) is None

    again = receive(b"X-Other-Route: 1\r\n" + mails.reply(), to)
    assert again.reason == "duplicate"
    assert (Task.objects.count(), InboundMessage.objects.count()) == (1, 2)
    recipient.refresh_from_db()
    assert recipient.replied_at == LATER


def test_an_automatic_reply_is_kept_and_changes_nothing(recipient):
    message = receive(
        mails.reply("I am away until Monday.", Auto_Submitted="auto-replied"),
        reply_address(recipient.pk),
    )

    assert (message.kind, message.handled_at) == ("auto_reply", LATER)
    recipient.refresh_from_db()
    assert recipient.replied_at is None
    assert Lead.objects.get(pk=recipient.lead_id).status == "lost"


@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_a_hard_bounce_blacklists_at_once_and_erases_no_open(recipient, case):
    recipient.opened_at = NOW
    recipient.save()

    message = receive(mails.bounce(), case(verp_address(recipient.pk)))

    assert (message.kind, message.bounce_kind) == ("bounce", "hard")
    assert message.status_code == "5.1.1"
    recipient.refresh_from_db()
    assert (recipient.bounced_at, recipient.bounce_kind) == (LATER, "hard")
    assert recipient.opened_at == NOW
    entry = BlacklistEntry.objects.get()
    assert (entry.address, entry.reason) == ("ann@example.org", "hard_bounce")
    lead = Lead.objects.get(pk=recipient.lead_id)
    assert (lead.blacklisted, lead.bounce_count) == (True, 1)


FULL = {"status": "4.2.2", "words": "452 4.2.2 mailbox full"}


def test_soft_bounces_blacklist_after_five_over_more_than_a_week():
    lead = LeadFactory(email="ann@example.org")
    days = [0, 2, 4, 6, 8]
    for number, day in enumerate(days, start=1):
        row = RecipientFactory(lead=lead)
        receive(
            mails.bounce(message_id=f"<{number}@mx>", **FULL),
            verp_address(row.pk),
            at=NOW + timedelta(days=day),
        )
        assert BlacklistEntry.objects.count() == (number == 5)

    row.refresh_from_db()
    assert row.bounce_kind == "soft"
    assert BlacklistEntry.objects.get().reason == "soft_bounces"
    lead.refresh_from_db()
    assert lead.bounce_count == 5


def test_a_delay_is_no_bounce(recipient):
    raw = mails.bounce(action="delayed", status="4.4.1", words="timed out")

    receive(raw, verp_address(recipient.pk))

    recipient.refresh_from_db()
    assert recipient.bounced_at is None


def test_a_forged_bounce_hits_only_the_address_that_was_mailed(recipient):
    raw = mails.bounce(address="boss@victim.example")

    receive(raw, verp_address(recipient.pk))

    assert [entry.address for entry in BlacklistEntry.objects.all()] == [
        "ann@example.org"
    ]


def test_a_complaint_blacklists(recipient):
    message = receive(mails.complaint(), verp_address(recipient.pk))

    assert message.kind == "complaint"
    recipient.refresh_from_db()
    assert recipient.complained_at == LATER
    assert BlacklistEntry.objects.get().reason == "complaint"


def test_a_technical_report_is_no_complaint(recipient):
    receive(mails.complaint(kind="auth-failure"), verp_address(recipient.pk))

    assert BlacklistEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        (mails.reply("Please unsubscribe me."), reply_address),
        (mails.reply("", subject="unsubscribe"), reply_address),
        (mails.reply("hm", subject="whatever"), unsubscribe_address),
        (b"", unsubscribe_address),
    ],
)
def test_a_request_by_mail_opts_out_of_the_topic(recipient, raw, address):
    message = receive(raw, address(recipient.pk))

    assert message.kind == "unsubscribe"
    stored = OptOut.objects.get()
    assert (stored.address, stored.topic) == (
        "ann@example.org",
        recipient.mailing.topic,
    )
    recipient.refresh_from_db()
    assert (recipient.unsubscribed_at, recipient.replied_at) == (LATER, None)


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_a_reply_elsewhere_is_matched_by_our_message_id(recipient, header):
    raw = mails.reply(**{header: f"<x@y> {message_id(recipient.pk)}"})

    assert receive(raw, "").recipient == recipient


def test_a_reply_without_marks_is_matched_by_its_address(recipient):
    newest = RecipientFactory(lead=recipient.lead, sent_at=NOW + timedelta(hours=1))
    RecipientFactory(lead=recipient.lead, sent_at=NOW + timedelta(days=2))

    assert receive(mails.reply(), "").recipient == newest


@pytest.mark.parametrize("raw", [mails.reply(), b"", b"\x00\xff garbage", b"\n\n"])
def test_what_cannot_be_matched_or_read_waits_for_a_person(raw):
    message = receive(raw, "")

    assert message.processed_at == LATER
    assert (message.recipient, message.handled_at) == (None, None)
    assert bytes(InboundMessage.objects.get().raw) == raw


def test_an_answer_to_a_test_mail_bothers_nobody():
    message = receive(mails.reply(), reply_address(0))

    assert (message.recipient, message.handled_at) == (None, LATER)


def test_one_message_that_fails_does_not_stop_the_next(recipient, monkeypatch):
    real, calls = inbound.classify, []

    def classify(raw):
        calls.append(raw)
        if len(calls) == 1:
            raise RuntimeError("a fault of ours")
        return real(raw)

    monkeypatch.setattr(inbound, "classify", classify)
    first = inbound.store_message(b"1", envelope_from="", envelope_to="", now=NOW)
    receive(mails.reply(), reply_address(recipient.pk))

    first.refresh_from_db()
    assert first.processed_at is None  # the sweep tries again
    assert Task.objects.count() == 1


def test_a_person_can_settle_an_unknown_message(recipient):
    message = receive(mails.reply("", subject=""), reply_address(recipient.pk))
    assert (message.kind, message.handled_at) == ("unknown", None)

    is_done = inbound.settle_by_person(
        message, "reply", target=target_of(recipient), by=None, now=LATER
    )
    assert is_done

    recipient.refresh_from_db()
    assert (recipient.replied_at, message.handled_at) == (LATER, LATER)


def test_a_hard_bounce_is_told_the_guard(
    recipient, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr(
        effects, "look_after_news", lambda row, *, now: told.append((row, now))
    )

    with django_capture_on_commit_callbacks(execute=True):
        receive(mails.bounce(), verp_address(recipient.pk))
    assert told == [(recipient, LATER)]

    with django_capture_on_commit_callbacks(execute=True):
        receive(mails.reply(), reply_address(recipient.pk))
    assert len(told) == 1


def test_a_complaint_stops_a_mailing_that_is_complained_about(
    recipient, django_capture_on_commit_callbacks
):
    mailing = recipient.mailing
    Mailing.objects.filter(pk=mailing.pk).update(state="sending")
    Recipient.objects.filter(pk=recipient.pk).update(claimed_at=NOW)
    for _ in range(150):
        RecipientFactory(mailing=mailing, claimed_at=NOW)

    with django_capture_on_commit_callbacks(execute=True):
        receive(mails.complaint(), verp_address(recipient.pk))

    mailing.refresh_from_db()
    assert mailing.state == "stopped"
    assert mailing.state_reason.startswith("Stopped: 1 of 151 people complained")


def test_a_bounce_finds_an_international_address_by_its_name_in_the_dns():
    recipient = RecipientFactory(lead__email="ann@b\u00fccher.example", sent_at=NOW)

    message = receive(mails.bounce(address="ann@xn--bcher-kva.example"), "")

    assert message.recipient == recipient
