"""Pauses, fewer mails, and opting many people out at once."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import LeadFactory, UserFactory

from winback.consent import queries, services
from winback.consent.models import OptOut, PersonWish, Preference, Topic
from winback.consent.rules import Frequency
from winback.crm.models import Lead
from winback.crm.signals import leads_written

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def refused(*addresses, now=NOW):
    topic = queries.default_topic()
    return queries.refused_addresses(addresses, topic_id=topic.pk, now=now)


def test_pause_holds_for_three_months_over_every_topic_and_ends_by_itself():
    lead = LeadFactory(email="ann@example.org")
    other = Topic.objects.create(name="Events")

    services.pause("Ann@example.org", now=NOW)

    until = datetime(2026, 8, 4, 9, 30, tzinfo=UTC)
    lead.refresh_from_db()
    assert lead.paused_until == Preference.objects.get().paused_until == until
    assert refused("ann@example.org") == {"ann@example.org": "paused"}
    assert queries.refused_addresses(
        ["ann@example.org"], topic_id=other.pk, now=NOW
    ) == {"ann@example.org": "paused"}
    assert refused("ann@example.org", now=until) == {}


def test_end_pause_takes_it_back_once():
    lead = LeadFactory(email="ann@example.org")
    services.pause("ann@example.org", now=NOW)

    assert services.end_pause("ann@example.org", now=NOW) is True
    assert services.end_pause("ann@example.org", now=NOW) is False

    lead.refresh_from_db()
    assert lead.paused_until is None
    assert PersonWish.objects.get().taken_back_at == NOW


@pytest.mark.parametrize(
    ("frequency", "days_ago", "is_refused"),
    [
        (Frequency.MONTH, 29, True),
        (Frequency.MONTH, 30, False),
        (Frequency.QUARTER, 90, True),
        (Frequency.QUARTER, 91, False),
        (Frequency.MONTH, None, False),
    ],
)
def test_fewer_mails_refuses_until_the_gap_is_over(frequency, days_ago, is_refused):
    mailed_at = None if days_ago is None else NOW - days_ago * DAY
    LeadFactory(email="ann@example.org", last_mailed_at=mailed_at)
    services.choose_frequency("ann@example.org", frequency, now=NOW)

    expected = {"ann@example.org": "fewer_mails"} if is_refused else {}
    assert refused("ann@example.org") == expected
    leads = Lead.objects.filter(queries.wants_fewer_mails(NOW))
    assert leads.exists() is is_refused


def test_choosing_a_frequency_twice_changes_nothing_and_every_mail_takes_it_back():
    LeadFactory(email="ann@example.org")

    assert services.choose_frequency("ann@example.org", Frequency.MONTH, now=NOW)
    assert not services.choose_frequency("ann@example.org", Frequency.MONTH, now=NOW)
    assert Lead.objects.get().mail_gap_days == 30
    assert services.choose_frequency("ann@example.org", None, now=NOW)

    assert Lead.objects.get().mail_gap_days is None
    assert PersonWish.objects.get().taken_back_at == NOW


def test_a_lead_that_comes_in_later_learns_the_wishes_of_its_address():
    services.pause("ann@example.org", now=NOW)
    services.choose_frequency("ann@example.org", Frequency.QUARTER, now=NOW)
    lead = LeadFactory(email="ann@example.org")

    leads_written.send(sender=Lead, lead_ids=[lead.pk])

    lead.refresh_from_db()
    assert (lead.paused_until is not None, lead.mail_gap_days) == (True, 91)


def test_opting_many_out_is_undone_exactly():
    topic, by = queries.default_topic(), UserFactory()
    other = Topic.objects.create(name="Events")
    Topic.objects.create(name="Gone", archived_at=NOW)
    services.opt_out("was@example.org", topic, now=NOW)
    services.opt_out("over@example.org", topic, until=NOW, now=NOW - DAY)

    batch, people = services.opt_out_of_everything(
        ["a@example.org", "was@example.org", "over@example.org"], by=by, now=NOW
    )

    assert people == 3
    assert len(refused("a@example.org", "was@example.org", "over@example.org")) == 3
    assert OptOut.objects.filter(topic=other).count() == 3
    # One of them says so themselves meanwhile.
    services.opt_out("a@example.org", topic, now=NOW)

    assert services.undo_batch(batch, by=by, now=NOW) == 3
    assert services.undo_batch(batch, by=by, now=NOW) == 0
    assert refused("a@example.org", "was@example.org", "over@example.org") == {
        "a@example.org": "opted_out",
        "was@example.org": "opted_out",
    }
    assert OptOut.objects.filter(topic=other).count() == 0
