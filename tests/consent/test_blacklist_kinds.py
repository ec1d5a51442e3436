"""Whole domains and fingerprints: who is blocked by them, and stays so."""

import hashlib
from datetime import UTC, datetime

import pytest
from tests.factories import LeadFactory, MailingFactory, RecipientFactory

from winback.consent import queries, services
from winback.consent.fingerprints import all_fingerprints, fingerprint
from winback.consent.models import (
    BlacklistEntry,
    BlacklistReason,
    EntryKind,
    OptOut,
    PersonWish,
    Preference,
)
from winback.consent.services.facts import count_wrong_facts
from winback.crm.models import Lead
from winback.crm.services import update_lead

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def block(value, kind=EntryKind.DOMAIN):
    listing = services.Listing(kind, value)
    return services.blacklist(listing, reason=BlacklistReason.BY_HAND, now=NOW)


def flags():
    return dict(Lead.objects.values_list("email", "blacklisted"))


def refused(*addresses):
    topic = queries.default_topic()
    return queries.refused_addresses(addresses, topic_id=topic.pk, now=NOW)


def test_a_domain_blocks_itself_and_those_below_it_and_no_other():
    blocked = ["a@shop.example", "a@eu.shop.example", "a@b.eu.shop.example"]
    free = [
        "a@myshop.example",
        "shop.example@b.example",
        "a@example",
        "a@shop.example.org",
    ]
    for email in [*blocked, *free]:
        LeadFactory(email=email)

    block("shop.example")

    assert flags() == dict.fromkeys(blocked, True) | dict.fromkeys(free, False)
    assert refused(*blocked, *free) == dict.fromkeys(blocked, "blacklisted")


def test_lifting_a_domain_frees_all_but_those_listed_themselves():
    LeadFactory(email="a@shop.example")
    LeadFactory(email="b@eu.shop.example")
    services.blacklist_address("a@shop.example", reason="complaint", now=NOW)
    block("shop.example")

    entry = BlacklistEntry.objects.get(address="shop.example")
    services.lift_entry(entry, by=None, now=NOW)

    assert flags() == {"a@shop.example": True, "b@eu.shop.example": False}


def test_lifting_an_address_of_a_listed_domain_frees_nobody():
    LeadFactory(email="a@shop.example")
    services.blacklist_address("a@shop.example", reason="complaint", now=NOW)
    block("shop.example")

    services.lift_blacklist("a@shop.example", now=NOW)

    assert flags() == {"a@shop.example": True}
    assert refused("a@shop.example") == {"a@shop.example": "blacklisted"}


def test_many_domains_at_once_flag_as_one_does():
    rows = [(n, f"d{n}.example", "") for n in range(30)]
    LeadFactory(email="a@eu.d29.example")
    LeadFactory(email="a@d30.example")

    services.import_entries(rows, by=None, now=NOW)

    assert flags() == {"a@eu.d29.example": True, "a@d30.example": False}


def test_a_fingerprint_blocks_its_address_and_says_nothing_about_it():
    LeadFactory(email="Ann@Example.org")
    LeadFactory(email="bob@example.org")

    block(fingerprint("ann@example.org"), EntryKind.FINGERPRINT)

    assert flags() == {"Ann@Example.org": True, "bob@example.org": False}
    assert refused("ann@example.org", "bob@example.org") == {
        "ann@example.org": "blacklisted"
    }
    assert BlacklistEntry.objects.get().address.startswith("hmac-sha256:")


def test_lifting_a_fingerprint_frees_the_lead():
    LeadFactory(email="ann@example.org")
    block(fingerprint("ann@example.org"), EntryKind.FINGERPRINT)

    services.lift_entry(BlacklistEntry.objects.get(), by=None, now=NOW)

    assert flags() == {"ann@example.org": False}


def test_a_plain_hash_of_another_system_is_kept_with_our_key():
    LeadFactory(email="ann@example.org")
    plain = hashlib.sha256(b"ann@example.org").hexdigest()

    outcome = services.import_entries([(1, plain, "")], by=None, now=NOW)

    assert outcome.added == 1
    assert BlacklistEntry.objects.get().address == fingerprint("ann@example.org")
    assert plain not in BlacklistEntry.objects.get().address
    assert flags() == {"ann@example.org": True}


def test_a_new_key_knows_old_fingerprints_while_the_old_key_is_named(settings):
    block(fingerprint("ann@example.org"), EntryKind.FINGERPRINT)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "a new key"

    assert refused("ann@example.org") == {}
    settings.SECRET_KEY_FALLBACKS = [former]
    assert refused("ann@example.org") == {"ann@example.org": "blacklisted"}
    assert len(all_fingerprints("ann@example.org")) == 2


def test_an_erased_person_stays_blocked_and_leaves_no_address_behind():
    lead = LeadFactory(email="ann@example.org")
    topic = queries.default_topic()
    services.opt_out("ann@example.org", topic, reason="please", mailing_id=7, now=NOW)
    services.pause("ann@example.org", now=NOW)
    services.blacklist_address("ann@example.org", reason="complaint", now=NOW)

    assert services.keep_fingerprint_only("Ann@example.org", by=None, now=NOW) is True
    assert services.keep_fingerprint_only("ann@example.org", by=None, now=NOW) is False

    entry = BlacklistEntry.objects.get()
    assert (entry.kind, entry.reason) == ("fingerprint", "erased")
    assert (OptOut.objects.count(), Preference.objects.count()) == (0, 0)
    assert {*PersonWish.objects.values_list("address", "reason")} == {("", "")}
    assert PersonWish.objects.filter(mailing_id=7).count() == 1
    lead.refresh_from_db()
    assert (lead.blacklisted, lead.paused_until) == (True, None)
    assert refused("ann@example.org") == {"ann@example.org": "blacklisted"}


def test_waiting_mails_are_left_out_when_a_domain_is_blocked():
    mailing = MailingFactory(state="sending")
    waiting = {
        email: RecipientFactory(
            mailing=mailing, lead=LeadFactory(email=email), fate="ready", sent_at=None
        )
        for email in ("a@eu.shop.example", "b@example.org")
    }

    block("shop.example")

    for row in waiting.values():
        row.refresh_from_db()
    assert waiting["a@eu.shop.example"].left_out_reason == "blacklisted"
    assert waiting["b@example.org"].fate == "ready"


@pytest.mark.parametrize("kind", [EntryKind.DOMAIN, EntryKind.FINGERPRINT])
def test_consent_wins_over_every_way_a_lead_comes_to_an_address(kind):
    value = fingerprint("ann@shop.example")
    block("shop.example" if kind == EntryKind.DOMAIN else value, kind)
    edited = LeadFactory(email="other@example.org")
    update_lead(edited, {"email": "Ann@shop.example"}, by=None, now=NOW)

    edited.refresh_from_db()
    assert edited.blacklisted is True
    update_lead(edited, {"email": "other@example.org"}, by=None, now=NOW)
    edited.refresh_from_db()
    assert edited.blacklisted is False
    assert count_wrong_facts() == 0


def test_repair_mends_facts_of_every_kind():
    block("shop.example")
    services.pause("ann@example.org", now=NOW)
    LeadFactory(email="a@shop.example")
    LeadFactory(email="ann@example.org")
    LeadFactory(email="x@gmial.com")
    LeadFactory(email="junk")
    Lead.objects.update(blacklisted=False, paused_until=None, address_quality="good")

    assert count_wrong_facts() == 4
    assert services.repair_facts() == 4
    assert services.repair_facts() == 0
    assert {*Lead.objects.values_list("email", "blacklisted", "address_quality")} == {
        ("a@shop.example", True, "good"),
        ("ann@example.org", False, "good"),
        ("x@gmial.com", False, "typo"),
        ("junk", False, "invalid"),
    }
    assert Lead.objects.get(email="ann@example.org").paused_until is not None


@pytest.mark.parametrize("item_count", [1, 300])
def test_asking_costs_one_statement_whatever_stands_on_the_list(
    django_assert_num_queries, item_count
):
    block("shop.example")
    services.pause("p1@example.org", now=NOW)
    addresses = [f"p{n}@example.org" for n in range(item_count)]
    topic = queries.default_topic()

    with django_assert_num_queries(1):
        queries.refused_addresses(addresses, topic_id=topic.pk, now=NOW)
    block(fingerprint("ann@example.org"), EntryKind.FINGERPRINT)
    with django_assert_num_queries(2):
        queries.refused_addresses(addresses, topic_id=topic.pk, now=NOW)
