from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, LeadFactory, MailingFactory, RecipientFactory

from winback.crm.models import Lead
from winback.mailings.models import Campaign
from winback.segments.fields import BEHAVIOURS

pytestmark = pytest.mark.django_db
NAMES = ["received", "opened", "clicked", "replied", "ignored", "bounced"]
HOUR = timedelta(hours=1)


def among(name, *mailings, campaigns=()):
    condition = BEHAVIOURS[f"mailing_{name}"].among(
        frozenset(one.pk for one in mailings), frozenset(one.pk for one in campaigns)
    )
    return set(Lead.objects.filter(condition))


def test_behaviour_fields_follow_the_smart_buttons():
    mailing = MailingFactory()
    rows = {
        kind: RecipientFactory(mailing=mailing, **dates).lead
        for kind, dates in {
            "silent": {},
            "opened": {"opened_at": NOW},
            "clicked": {"clicked_at": NOW},
            "replied": {"replied_at": NOW},
            "bounced": {"bounced_at": NOW},
            "machine": {"machine_opened_at": NOW},
        }.items()
    }
    RecipientFactory(opened_at=NOW)  # another mailing's
    LeadFactory()

    found = {
        name: {kind for kind, lead in rows.items() if lead in among(name, mailing)}
        for name in NAMES
    }

    assert found == {
        "received": {"silent", "opened", "clicked", "replied", "machine"},
        "opened": {"opened", "clicked", "replied"},
        "clicked": {"clicked"},
        "replied": {"replied"},
        "ignored": {"silent", "machine"},
        "bounced": {"bounced"},
    }


def test_behaviour_of_a_campaign_is_that_of_its_mailings():
    campaign = Campaign.objects.create(name="Autumn", created_at=NOW)
    row = RecipientFactory(mailing=MailingFactory(campaign=campaign), opened_at=NOW)
    RecipientFactory(opened_at=NOW)

    assert among("opened", campaigns=[campaign]) == {row.lead}


def test_a_second_lead_of_the_same_person_has_the_same_behaviour():
    row = RecipientFactory(clicked_at=NOW)
    twin = LeadFactory(email=row.lead.email)
    LeadFactory(email="")

    assert among("clicked", row.mailing) == {row.lead, twin}


def test_find_and_names_know_mailings_and_campaigns():
    mailing = MailingFactory(name="Restock")
    campaign = Campaign.objects.create(name="Autumn", created_at=NOW)
    behaviour = BEHAVIOURS["mailing_opened"]

    assert behaviour.find("mailing", "Restock") == mailing.pk
    assert behaviour.find("mailing", mailing.pk) == mailing.pk
    assert behaviour.find("campaign", "Autumn") == campaign.pk
    assert behaviour.find("campaign", "Restock") is None
    assert behaviour.names("campaign", frozenset({campaign.pk, 0})) == {
        campaign.pk: "Autumn"
    }


DATES = ["bounced_at", "opened_at", "clicked_at", "replied_at"]


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 2),
            st.dictionaries(st.sampled_from(DATES), st.integers(0, 48), max_size=3),
        ),
        max_size=6,
    ),
    name=st.sampled_from(NAMES),
    hours=st.tuples(st.integers(0, 48), st.integers(0, 48)).map(sorted),
)
def test_sql_and_python_say_the_same(rows, name, hours):
    emails = ["a@example.org", "a@example.org", "b@example.org"]
    leads = [LeadFactory(email=email) for email in emails]
    Lead.objects.exclude(pk__in=[lead.pk for lead in leads]).update(email_normalized="")
    mailings = [MailingFactory() for _row in rows]
    for (lead, dates), mailing in zip(rows, mailings, strict=True):
        RecipientFactory(
            mailing=mailing,
            lead=leads[lead],
            sent_at=NOW,
            **{key: NOW + value * HOUR for key, value in dates.items()},
        )
    behaviour = BEHAVIOURS[f"mailing_{name}"]
    start, end = (NOW + hour * HOUR for hour in hours)
    ids = frozenset(one.pk for one in mailings[::2])
    own = Lead.objects.filter(pk__in=[lead.pk for lead in leads])

    assert set(own.filter(behaviour.within(start, end))) == {
        lead for lead in leads if behaviour.is_within(lead, start, end)
    }
    assert set(own.filter(behaviour.among(ids, frozenset()))) == {
        lead for lead in leads if behaviour.is_among(lead, ids, frozenset())
    }


def test_search_offers_started_mailings_and_campaigns_in_every_case():
    sent = MailingFactory(name="Знову в наявності", state="sent")
    MailingFactory(name="Знову в чернетці")
    campaign = Campaign.objects.create(name="ЗНОВУ разом", created_at=NOW)

    found = BEHAVIOURS["mailing_clicked"].search("знову")

    assert found == [
        ("mailing", sent.pk, "Знову в наявності"),
        ("campaign", campaign.pk, "ЗНОВУ разом"),
    ]
