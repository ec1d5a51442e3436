from datetime import timedelta

import pytest
from tests.factories import NOW, LeadFactory, RecipientFactory, UserFactory
from tests.own_addresses import reply_address
from tests.reactions import mails
from tests.reactions.receiving import receive

from winback.consent.models import BlacklistReason
from winback.consent.services import blacklist_address
from winback.core.models import AuditEntry
from winback.crm.models import Lead
from winback.crm.timeline import timeline
from winback.reactions.models import AddressChange
from winback.reactions.services.address_changes import (
    BlacklistedAddressError,
    StaleChangeError,
    accept_address,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    user = UserFactory(role="sales_user")
    client.force_login(user)
    return user


@pytest.fixture
def change(owner, away):
    """What an automatic reply says: the person has moved."""
    lead = LeadFactory(email="ann@example.org", owner=owner)
    row = RecipientFactory(lead=lead)
    raw = mails.reply("I have moved.", Auto_Submitted="auto-replied")
    receive(raw, reply_address(row.pk))
    return AddressChange.objects.get()


def test_a_new_address_is_proposed_once(change):
    raw = mails.reply("Moved", message_id="<2@x>", Auto_Submitted="auto-replied")

    receive(raw, reply_address(change.message.recipient_id))

    found = AddressChange.objects.get()
    assert (found.old_address, found.new_address) == (
        "ann@example.org",
        "ann@new.example",
    )
    assert Lead.objects.get().email == "ann@example.org"


def test_the_owner_takes_it_on_the_leads_page(client, owner, change):
    page = client.get(f"/leads/{change.lead_id}/").content.decode()
    assert "ann@new.example" in page

    client.post(f"/inbox/addresses/{change.pk}/accept/")

    lead = Lead.objects.get()
    assert (lead.email, lead.email_normalized) == ("ann@new.example",) * 2
    edited = next(item for item in timeline(lead) if item.kind == "edited")
    assert "ann@example.org → ann@new.example" in edited.body
    entry = AuditEntry.objects.get(action="inbox.address_accept")
    assert (entry.actor, entry.details["old"]) == (owner, "ann@example.org")
    assert (
        "ann@new.example</b>" not in client.get(f"/leads/{lead.pk}/").content.decode()
    )


def test_it_is_dismissed_and_taken_back(client, owner, change):
    client.post(f"/inbox/addresses/{change.pk}/dismiss/")
    change.refresh_from_db()
    assert (change.is_accepted, change.settled_by) == (False, owner)

    client.post(f"/inbox/addresses/{change.pk}/take-back/")
    client.post(f"/inbox/addresses/{change.pk}/accept/")
    client.post(f"/inbox/addresses/{change.pk}/take-back/")

    change.refresh_from_db()
    assert (change.settled_at, Lead.objects.get().email) == (None, "ann@example.org")


def test_an_address_on_the_blacklist_is_never_taken(client, owner, change):
    blacklist_address("ann@new.example", reason=BlacklistReason.COMPLAINT, now=NOW)
    page = client.get(f"/leads/{change.lead_id}/").content.decode()
    assert f"/inbox/addresses/{change.pk}/accept/" not in page

    client.post(f"/inbox/addresses/{change.pk}/accept/")

    with pytest.raises(BlacklistedAddressError):
        accept_address(change.pk, by=owner, now=NOW)
    change.refresh_from_db()
    assert (Lead.objects.get().email, change.settled_at) == ("ann@example.org", None)


def test_a_lead_with_a_third_address_keeps_it(client, owner, change):
    Lead.objects.update(email="a@third.example", email_normalized="a@third.example")

    with pytest.raises(StaleChangeError):
        accept_address(change.pk, by=owner, now=NOW + timedelta(days=1))

    assert Lead.objects.get().email == "a@third.example"


@pytest.mark.parametrize("verb", ["accept", "dismiss", "take-back"])
def test_nobody_decides_about_leads_of_others(client, change, verb):
    client.force_login(UserFactory(role="sales_user"))

    url = f"/inbox/addresses/{change.pk}/{verb}/"
    assert client.post(url).status_code == 404
    assert client.get(url).status_code == 405

    change.refresh_from_db()
    assert (change.settled_at, Lead.objects.get().email) == (None, "ann@example.org")


def test_the_day_of_return_stands_on_the_timeline(change):
    line = next(
        item for item in timeline(change.lead) if item.kind == "mail_auto_replied"
    )

    assert line.body.startswith("Away, back on May 20, 2026.")
