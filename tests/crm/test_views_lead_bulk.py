"""What is done with several leads of the list at once."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import (
    NOW,
    LeadFactory,
    LostLeadFactory,
    LostReasonFactory,
    StageFactory,
    UserFactory,
)
from winback.crm.models import Lead

pytestmark = pytest.mark.django_db
URL = "/leads/"


def bulk(client, action, leads=(), **more):
    given = {"action": action, "lead": [lead.pk for lead in leads], **more}
    return client.post(reverse("crm:lead-bulk"), given)


def test_bulk_loss_of_all_that_match_keeps_to_the_days(client, admin):
    inside = LeadFactory(created_at=NOW)
    outside = LeadFactory(created_at=NOW - timedelta(days=1))

    client.post(
        reverse("crm:lead-bulk"),
        {"action": "archive", "all": "1", "filter": "?created_from=2026-05-04"},
    )

    inside.refresh_from_db()
    outside.refresh_from_db()
    assert (inside.active, outside.active) == (False, True)


def test_bulk_lost_marks_the_ticked_leads_with_reason_and_note(client, admin):
    reason = LostReasonFactory()
    chosen, other = LeadFactory(), LeadFactory()

    response = bulk(client, "lost", [chosen], reason=reason.pk, note="Spoke on Monday")

    chosen.refresh_from_db()
    other.refresh_from_db()
    assert response.url == URL
    assert (chosen.status, chosen.active, chosen.lost_reason) == ("lost", False, reason)
    assert chosen.losses.get().note == "Spoke on Monday"
    assert other.status == "open"


def test_bulk_lost_for_a_reason_that_went_away_changes_nothing(client, admin):
    lead = LeadFactory()

    bulk(client, "lost", [lead], reason="999999", note="Spoke on Monday")

    lead.refresh_from_db()
    assert (lead.status, lead.losses.count()) == ("open", 0)
    assert "choose a reason of the list" in client.get(URL).content.decode()


def test_bulk_lost_of_a_won_lead_says_why_not(client, admin):
    won = LeadFactory(status="won", won_at=NOW)

    bulk(client, "lost", [won])

    won.refresh_from_db()
    page = client.get(URL).content.decode()
    assert won.status == "won"
    assert "A won lead cannot be marked lost." in page


def test_bulk_restore_of_all_that_match_follows_the_filter(client, admin):
    price, stock = LostReasonFactory(), LostReasonFactory(name="Not enough stock")
    LostLeadFactory.create_batch(2, lost_reason=stock)
    LostLeadFactory(lost_reason=price)

    bulk(client, "restore", all="1", filter=f"?status=lost&reason={stock.pk}")

    assert Lead.objects.filter(status="open").count() == 2
    assert Lead.objects.get(status="lost").lost_reason == price


def test_bulk_archive_and_back(client, admin):
    lead = LeadFactory()

    bulk(client, "archive", [lead])
    lead.refresh_from_db()
    aside = (lead.active, lead.status)
    bulk(client, "unarchive", [lead])
    lead.refresh_from_db()

    assert (aside, lead.active) == ((False, "open"), True)


def test_bulk_assign_hands_leads_over_and_notes_it(client, admin):
    lead, owner = LeadFactory(), UserFactory()

    bulk(client, "assign", [lead], owner=owner.pk)

    lead.refresh_from_db()
    event = lead.events.get()
    assert lead.owner == owner
    assert event.details == {"fields": {"owner": [None, str(owner)]}}


def test_bulk_on_leads_of_others_changes_nothing(client, seller):
    lead = LeadFactory()

    bulk(client, "lost", [lead])
    bulk(client, "archive", all="1", filter="?status=all")

    lead.refresh_from_db()
    assert (lead.status, lead.active) == ("open", True)


def test_bulk_without_the_right_is_not_found_and_changes_nothing(client, marketer):
    lead = LeadFactory()

    response = bulk(client, "lost", [lead])

    lead.refresh_from_db()
    assert (response.status_code, lead.status) == (404, "open")


def test_bulk_by_get_is_refused(client, admin):
    assert client.get(reverse("crm:lead-bulk")).status_code == 405


def test_bulk_with_unknown_action_or_keys_changes_nothing(client, admin):
    lead = LeadFactory(stage=StageFactory())

    client.post(reverse("crm:lead-bulk"), {"action": "burn", "lead": [lead.pk]})
    client.post(reverse("crm:lead-bulk"), {"action": "lost", "lead": ["x", "²"]})

    lead.refresh_from_db()
    assert lead.status == "open"


def exported(response):
    """The titles in an exported CSV file."""
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return [row["title"] for row in csv.DictReader(io.StringIO(text))]


def test_export_holds_the_ticked_leads_only(client, admin):
    ticked, _left = LeadFactory(title="Desk"), LeadFactory(title="Lamp")

    response = client.post(
        "/leads/export/chosen/", {"lead": [ticked.pk], "format": "csv"}
    )

    assert exported(response) == ["Desk"]


def test_export_of_all_that_match_follows_the_filter(client, admin):
    ticked = LeadFactory(title="Desk")
    LostLeadFactory(title="Lamp")

    response = client.post(
        "/leads/export/chosen/",
        {"lead": [ticked.pk], "all": "1", "filter": "?status=lost", "format": "csv"},
    )

    assert exported(response) == ["Lamp"]


def test_export_of_others_leads_holds_nothing(client, seller):
    other, own = LeadFactory(title="Desk"), LeadFactory(title="Lamp", owner=seller)

    response = client.post(
        "/leads/export/chosen/", {"lead": [other.pk, own.pk, "x"], "format": "csv"}
    )

    assert exported(response) == ["Lamp"]


def test_list_offers_marketers_the_export_and_no_changes(client, marketer):
    LeadFactory()

    page = client.get(URL).content.decode()

    assert 'formaction="/leads/export/chosen/"' in page
    assert 'data-open-dialog="owner-dialog"' not in page
