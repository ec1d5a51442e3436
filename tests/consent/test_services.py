from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import LeadFactory, UserFactory

from winback.consent import queries, services
from winback.consent.models import BlacklistEntry, BlacklistReason, OptOut, Topic
from winback.consent.services.facts import count_wrong_facts
from winback.consent.signals import address_accepted, address_refused
from winback.core.models import AuditEntry
from winback.crm.models import Lead
from winback.crm.signals import leads_written

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def news():
    """(signal's name, addresses, topic_id) in the order sent."""
    heard = []

    def hear(name):
        def receiver(sender, *, addresses, topic_id, **_rest):
            heard.append((name, addresses, topic_id))

        return receiver

    refused, accepted = hear("refused"), hear("accepted")
    address_refused.connect(refused)
    address_accepted.connect(accepted)
    yield heard
    address_refused.disconnect(refused)
    address_accepted.disconnect(accepted)


def add(address, **changes):
    fields = {"reason": BlacklistReason.BY_HAND, "now": NOW} | changes
    return services.blacklist_address(address, **fields)


def flags():
    return dict(Lead.objects.values_list("title", "blacklisted"))


def test_blacklist_address_flags_every_lead_with_it_and_no_other(news):
    LeadFactory(title="first", email="Ann@Example.org")
    LeadFactory(title="second", email="ann@example.org", active=False)
    LeadFactory(title="other", email="bob@example.org")
    LeadFactory(title="nobody", email="")
    person = UserFactory()

    added = add(" ANN@Example.ORG ", note="asked by phone", by=person)

    assert added is True
    assert flags() == {"first": True, "second": True, "other": False, "nobody": False}
    entry = BlacklistEntry.objects.get()
    assert (entry.address, entry.reason, entry.note, entry.created_by) == (
        "ann@example.org",
        "by_hand",
        "asked by phone",
        person,
    )
    assert news == [("refused", ["ann@example.org"], None)]
    audited = AuditEntry.objects.get()
    assert (audited.action, audited.actor) == ("blacklist.add", person)


def test_blacklist_address_again_keeps_the_first_reason(news):
    add("ann@example.org", reason=BlacklistReason.COMPLAINT)

    assert add("ann@example.org") is False

    assert BlacklistEntry.objects.get().reason == "complaint"
    assert len(news) == 1


def test_blacklist_address_that_is_none_is_refused():
    with pytest.raises(services.InvalidAddressError):
        add("not an address")

    assert BlacklistEntry.objects.count() == 0


def test_lift_blacklist_clears_the_flags_and_remembers_why(news):
    LeadFactory(title="lead", email="ann@example.org")
    add("ann@example.org", reason=BlacklistReason.HARD_BOUNCE)

    lifted = services.lift_blacklist("ann@example.org", by=None, now=NOW)

    assert lifted is True
    assert flags() == {"lead": False}
    assert news[1:] == [("accepted", ["ann@example.org"], None)]
    audited = AuditEntry.objects.get(action="blacklist.lift")
    assert audited.details["reason"] == "hard_bounce"


def test_lift_blacklist_of_an_unlisted_address_says_so(news):
    assert services.lift_blacklist("ann@example.org", now=NOW) is False
    assert news == []


def test_import_blacklist_adds_the_new_and_names_the_invalid(news):
    LeadFactory(title="lead", email="new@example.org")
    add("old@example.org", reason=BlacklistReason.COMPLAINT)

    added, invalid = services.import_blacklist(
        [
            ("New@example.org", "shop"),
            ("new@example.org", "shop"),
            ("old@example.org", ""),
            ("junk", ""),
        ],
        by=None,
        now=NOW,
    )

    assert (added, invalid) == (1, ["junk"])
    assert list(
        BlacklistEntry.objects.order_by("address").values_list("address", "reason")
    ) == [("new@example.org", "imported"), ("old@example.org", "complaint")]
    assert flags() == {"lead": True}


def test_written_leads_learn_that_their_address_is_blacklisted():
    add("ann@example.org")
    lead = LeadFactory(title="late", email="ann@example.org")
    cured = LeadFactory(title="cured", email="bob@example.org", blacklisted=True)

    leads_written.send(sender=Lead, lead_ids=[lead.pk, cured.pk])

    assert flags() == {"late": True, "cured": False}


@pytest.mark.parametrize("lead_count", [1, 3])
def test_written_leads_take_a_few_statements_however_many_they_are(
    lead_count, django_assert_num_queries
):
    leads = LeadFactory.create_batch(lead_count)

    # The leads, the blacklist twice, dead domains, wishes; and when they were mailed.
    with django_assert_num_queries(6):
        leads_written.send(sender=Lead, lead_ids=[lead.pk for lead in leads])


def test_repair_facts_mends_drift_in_both_directions():
    add("ann@example.org")
    LeadFactory(title="forgotten", email="ann@example.org")
    LeadFactory(title="wrong", email="bob@example.org", blacklisted=True)
    LeadFactory(title="fine", email="eve@example.org")

    assert count_wrong_facts() == 2
    assert services.repair_facts() == 2
    assert flags() == {"forgotten": True, "wrong": False, "fine": False}
    assert count_wrong_facts() == 0


def test_refused_addresses_tells_the_blacklist_before_opt_outs(
    django_assert_num_queries,
):
    topic = queries.default_topic()
    other = Topic.objects.create(name="Events")
    add("both@example.org")
    services.opt_out("both@example.org", topic, now=NOW)
    services.opt_out("out@example.org", topic, now=NOW)
    services.opt_out("other@example.org", other, now=NOW)
    services.opt_out("paused@example.org", topic, until=NOW, now=NOW)
    services.opt_out(
        "pausing@example.org", topic, until=NOW + timedelta(days=1), now=NOW
    )
    asked = [
        f"{name}@example.org"
        for name in ("both", "out", "other", "paused", "pausing", "free")
    ]

    with django_assert_num_queries(1):
        refused = queries.refused_addresses(asked, topic_id=topic.pk, now=NOW)

    assert refused == {
        "both@example.org": "blacklisted",
        "out@example.org": "opted_out",
        "pausing@example.org": "opted_out",
    }


def test_opt_out_twice_keeps_the_last_wish(news):
    topic = queries.default_topic()
    services.opt_out("Ann@example.org", topic, until=NOW, now=NOW)

    services.opt_out("ann@example.org", topic, reason="too many", now=NOW)

    kept = OptOut.objects.get()
    assert (kept.address, kept.until, kept.reason) == (
        "ann@example.org",
        None,
        "too many",
    )
    assert news[-1] == ("refused", ["ann@example.org"], topic.pk)


def test_opt_in_takes_an_opt_out_back_once(news):
    topic = queries.default_topic()
    services.opt_out("ann@example.org", topic, now=NOW)

    assert services.opt_in("ann@example.org", topic, now=NOW) is True
    assert services.opt_in("ann@example.org", topic, now=NOW) is False

    assert OptOut.objects.count() == 0
    assert news[1:] == [("accepted", ["ann@example.org"], topic.pk)]


def test_default_topic_comes_in_three_languages():
    assert queries.default_topic().name == "Offers and news"
    assert queries.default_topic().name_translations == {
        "uk": "Пропозиції та новини",
        "fa": "پیشنهادها و خبرها",
    }
