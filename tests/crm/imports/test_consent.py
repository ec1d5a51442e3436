"""Consent wins over every import, and what is known of an address is not forgotten."""

import pytest

from tests.crm.imports.conftest import NOW, by_title
from tests.factories import LeadFactory
from winback.consent import services as consent
from winback.consent.fingerprints import fingerprint
from winback.consent.models import BlacklistEntry, EntryKind, MailDomain
from winback.consent.services.facts import count_wrong_facts
from winback.crm.imports.undoing import undo_import
from winback.crm.models import ImportedChange, ImportRun, Lead

pytestmark = pytest.mark.django_db


def block(kind, value):
    listing = consent.Listing(EntryKind(kind), value)
    consent.blacklist(listing, reason="by_hand", now=NOW)


@pytest.fixture(params=["address", "domain", "fingerprint"])
def blocked(request):
    """ann@eu.shop.example is blocked, in each of the three ways."""
    address = "ann@eu.shop.example"
    values = {"domain": "shop.example", "fingerprint": fingerprint(address)}
    block(request.param, values.get(request.param, address))


def test_new_leads_of_a_blocked_address_are_blacklisted(import_file, blocked):
    import_file(
        "title,email,blacklisted\n"
        "A,Ann@EU.shop.example,no\nB,ann@eu.shop.example,\nC,bob@example.org,no\n"
    )

    flags = dict(Lead.objects.values_list("title", "blacklisted"))
    assert flags == {"A": True, "B": True, "C": False}
    assert count_wrong_facts() == 0


def test_a_lead_that_an_import_gives_a_blocked_address_is_blacklisted(
    import_file, blocked
):
    LeadFactory(title="A", external_id="1", email="old@example.org")

    import_file("external_id,email\n1,ann@eu.shop.example\n")

    assert by_title("A").blacklisted is True


def test_no_in_a_file_takes_nobody_off_the_blacklist(import_file, blocked):
    LeadFactory(title="A", external_id="1", email="ann@eu.shop.example")
    consent.repair_facts()

    import_file("external_id,email,blacklisted\n1,ann@eu.shop.example,false\n")

    assert by_title("A").blacklisted is True
    assert BlacklistEntry.objects.count() == 1


def test_undoing_an_import_leaves_the_blacklist_and_puts_the_facts_right(
    import_file, blocked
):
    LeadFactory(title="A", external_id="1", email="ann@eu.shop.example")
    consent.repair_facts()
    import_file(
        "external_id,email,blacklisted\n1,new@gmial.com,\n2,said-no@example.org,yes\n"
    )
    changed = by_title("A")
    assert (changed.blacklisted, changed.address_quality) == (False, "typo")

    undo_import(ImportRun.objects.get(), by=None, now=NOW)

    back = by_title("A")
    assert (back.email, back.blacklisted) == ("ann@eu.shop.example", True)
    assert back.address_quality == "good"
    assert BlacklistEntry.objects.filter(address="said-no@example.org").exists()
    assert count_wrong_facts() == 0


def test_imported_addresses_are_judged(import_file):
    import_file(
        "title,email\nA,ann@example.org\nB,info@example.org\nC,ann@gmial.com\n"
        "D,\nE,junk\nF,ann@mailinator.com\n"
    )

    qualities = dict(Lead.objects.values_list("title", "address_quality"))
    assert qualities == {
        "A": "good",
        "B": "role",
        "C": "typo",
        "D": "",
        "E": "invalid",
        "F": "disposable",
    }


def test_what_the_dns_said_is_not_overwritten_by_the_same_address(import_file):
    MailDomain.objects.create(domain="dead.example", takes_mail=False, asked_at=NOW)
    import_file("external_id,title,email\n1,A,ann@dead.example\n")
    assert by_title("A").address_quality == "unreachable"

    import_file("external_id,title,email\n1,A,ann@dead.example\n", now=NOW)

    assert by_title("A").address_quality == "unreachable"
    assert ImportedChange.objects.count() == 0
