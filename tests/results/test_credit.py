from datetime import timedelta

import pytest
from tests.factories import (
    NOW,
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)
from tests.own_addresses import reply_address
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.crm.models import Lead
from winback.crm.services import restore_leads
from winback.mailings.models import Mailing
from winback.reactions.models import Hit
from winback.reactions.services.undoing import undo_effect
from winback.results.models import Conversion

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def lead():
    return LeadFactory(
        email="ann@example.org", status="lost", active=False, lost_at=NOW - 90 * DAY
    )


def mailed(lead, days_ago, **changes):
    return RecipientFactory(
        mailing=MailingFactory(), lead=lead, sent_at=NOW - days_ago * DAY, **changes
    )


def restore(lead, cause=None):
    restore_leads(Lead.objects.filter(pk=lead.pk), by=None, now=NOW, cause=cause)
    return list(Conversion.objects.values_list("mailing", "lead", "why__response"))


def test_restored_lead_is_credited_to_the_last_mailing_responded_to(lead):
    mailed(lead, 20, opened_at=NOW - 20 * DAY)
    clicked = mailed(lead, 10, clicked_at=NOW - 9 * DAY)
    mailed(lead, 5)  # received, not responded to
    mailed(lead, 5, machine_opened_at=NOW - 4 * DAY)

    assert restore(lead) == [(clicked.mailing_id, lead.pk, "clicked")]
    assert Conversion.objects.get().why == {
        "response": "clicked",
        "responded_at": "2026-04-25T09:30:00+00:00",
    }


def test_a_later_click_on_an_older_mail_wins(lead):
    older = mailed(lead, 20, opened_at=NOW - 20 * DAY)
    mailed(lead, 10, opened_at=NOW - 9 * DAY)
    Hit.objects.create(
        recipient=older, kind="click", at=NOW - DAY, method="GET", verdict="person"
    )

    assert restore(lead) == [(older.mailing_id, lead.pk, "clicked")]


@pytest.mark.parametrize(("days", "credited"), [(30, 1), (31, 0)])
def test_responses_count_for_thirty_days(lead, days, credited):
    mailed(lead, 60, opened_at=NOW - days * DAY)

    assert len(restore(lead)) == credited


def test_restored_lead_without_a_response_is_nobodys(lead):
    mailed(lead, 5)
    mailed(LeadFactory(), 5, clicked_at=NOW - DAY)  # somebody else's

    assert restore(lead) == []


def test_another_lead_of_the_same_address_is_the_same_person(lead):
    twin = LeadFactory(email="ann@example.org")
    answered = mailed(twin, 5, replied_at=NOW - DAY)

    assert restore(lead) == [(answered.mailing_id, lead.pk, "replied")]


def test_the_named_cause_wins_over_a_later_response(lead):
    cause = mailed(lead, 20, replied_at=NOW - 20 * DAY)
    mailed(lead, 5, clicked_at=NOW - DAY)

    assert restore(lead, {"recipient_id": cause.pk}) == [
        (cause.mailing_id, lead.pk, "replied")
    ]


def test_restoring_twice_credits_once(lead):
    mailed(lead, 5, clicked_at=NOW - DAY)
    restore(lead)
    Lead.objects.filter(pk=lead.pk).update(status="lost", active=False, lost_at=NOW)

    assert len(restore(lead)) == 1


def test_restoring_many_credits_each_to_its_own_mailing_in_fixed_queries(
    lead, django_assert_num_queries
):
    other, silent = LeadFactory.create_batch(
        2, status="lost", active=False, lost_at=NOW - 90 * DAY
    )
    mailed(silent, 5)
    clicked = mailed(lead, 5, clicked_at=NOW - DAY)
    hit = mailed(other, 5)
    Hit.objects.create(
        recipient=hit, kind="open", at=NOW - DAY, method="GET", verdict="person"
    )

    with django_assert_num_queries(12):  # 7 of crm, 4 that search, 1 that credits
        restore_leads(Lead.objects.all(), by=None, now=NOW)

    assert list(
        Conversion.objects.order_by("lead").values_list(
            "lead", "mailing", "why__response"
        )
    ) == [
        (lead.pk, clicked.mailing_id, "clicked"),
        (other.pk, hit.mailing_id, "opened"),
    ]


def test_a_reply_that_was_taken_back_earns_nothing(lead):
    recipient = mailed(lead, 20)
    Mailing.objects.update(restore_on_reply=False, task_on_reply=False)
    at = NOW - 2 * DAY
    message = receive(mails.reply(), reply_address(recipient.pk), at=at)
    assert message.kind == "reply"

    undo_effect(message.effects.get().pk, by=UserFactory(), now=NOW - DAY)

    assert restore(lead) == []
