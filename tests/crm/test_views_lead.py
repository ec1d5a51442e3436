from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    NOW,
    LeadFactory,
    LostLeadFactory,
    LostReasonFactory,
    UserFactory,
)
from winback.crm.models import Lead, Stage, Task

pytestmark = pytest.mark.django_db
ACTIONS = ["lost", "restore", "archive", "unarchive", "stage", "note", "task"]


def post(client, name, lead, **given):
    return client.post(reverse(f"crm:lead-{name}", args=[lead.pk]), given)


def fields_of(lead, **changes):
    return {
        "title": lead.title,
        "contact_name": lead.contact_name,
        "email": lead.email,
        "stage": lead.stage_id,
        "probability": lead.probability,
        **changes,
    }


def test_lead_page_tells_its_story(client, admin):
    lead = LostLeadFactory(title="Two lamps")

    page = client.get(reverse("crm:lead", args=[lead.pk])).content.decode()

    assert "Two lamps" in page
    assert "Lost: Too expensive" in page


def test_lead_of_others_is_not_found(client):
    client.force_login(UserFactory(role="sales_user"))
    lead = LeadFactory()

    assert client.get(reverse("crm:lead", args=[lead.pk])).status_code == 404


def test_lead_saved_changes_what_differs_and_notes_it(client, admin):
    lead = LeadFactory(title="Two lamps")

    client.post(
        reverse("crm:lead", args=[lead.pk]),
        fields_of(lead, title="Three lamps", email="New@Example.org", currency="eur"),
    )

    lead.refresh_from_db()
    event = lead.events.get()
    assert (lead.title, lead.title_folded) == ("Three lamps", "three lamps")
    assert (lead.email_normalized, lead.currency) == ("new@example.org", "EUR")
    assert event.details["fields"]["title"] == ["Two lamps", "Three lamps"]
    assert lead.probability_by_hand is False


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"currency": "XYZ"}, {"country": "Atlantis"}, {"stage": 0}],
)
def test_lead_with_a_wrong_field_is_not_saved(client, admin, wrong):
    lead = LeadFactory(title="Two lamps", company="Before")

    response = client.post(
        reverse("crm:lead", args=[lead.pk]), fields_of(lead, company="After", **wrong)
    )

    lead.refresh_from_db()
    assert (response.status_code, lead.company) == (422, "Before")


def test_lead_saved_without_the_right_is_not_found_and_unchanged(client):
    client.force_login(UserFactory(role="marketing_user"))
    lead = LeadFactory(title="Two lamps")

    response = client.post(
        reverse("crm:lead", args=[lead.pk]), fields_of(lead, title="Mine")
    )

    lead.refresh_from_db()
    assert (response.status_code, lead.title) == (404, "Two lamps")


def test_lead_that_loses_its_owner_leads_a_seller_back_to_the_list(client):
    seller = UserFactory(role="sales_user")
    client.force_login(seller)
    lead = LeadFactory(owner=seller)

    response = client.post(
        reverse("crm:lead", args=[lead.pk]), fields_of(lead, owner="")
    )

    assert response.url == "/leads/"


def test_new_lead_begins_in_the_first_stage(client, admin):
    response = client.post(
        reverse("crm:lead-new"), {"title": "Two lamps", "email": "Ann@Example.org"}
    )

    lead = Lead.objects.get()
    assert response.url == reverse("crm:lead", args=[lead.pk])
    assert (lead.stage.name, lead.email_normalized) == ("New", "ann@example.org")
    assert lead.probability == lead.stage.probability
    assert lead.probability_by_hand is False


def test_new_lead_without_the_right_is_not_made(client):
    client.force_login(UserFactory(role="marketing_user"))

    response = client.post(reverse("crm:lead-new"), {"title": "Two lamps"})

    assert (response.status_code, Lead.objects.count()) == (404, 0)


def test_new_lead_without_a_title_is_not_made(client, admin):
    response = client.post(reverse("crm:lead-new"), {"title": " "})

    assert (response.status_code, Lead.objects.count()) == (422, 0)


def test_lost_and_restore_keep_the_history(client, admin):
    lead, reason = LeadFactory(), LostReasonFactory()

    post(client, "lost", lead, reason=reason.pk, note="In spring perhaps")
    lead.refresh_from_db()
    lost = (lead.status, lead.active, lead.lost_reason)
    post(client, "restore", lead)
    lead.refresh_from_db()
    loss = lead.losses.get()

    assert lost == ("lost", False, reason)
    assert (lead.status, lead.active, lead.lost_reason) == ("open", True, None)
    assert (loss.reason, loss.note, loss.restored_at is None) == (
        reason,
        "In spring perhaps",
        False,
    )


def test_won_lead_cannot_be_marked_lost(client, admin):
    lead = LeadFactory(status="won", won_at=NOW)

    post(client, "lost", lead)

    lead.refresh_from_db()
    assert lead.status == "won"


def test_stage_moves_the_lead_and_wins_it(client, admin):
    lead = LeadFactory()

    post(client, "stage", lead, stage=Stage.objects.get(is_won=True).pk)

    lead.refresh_from_db()
    assert (lead.status, lead.probability) == ("won", 100)


def test_archive_and_back(client, admin):
    lead = LeadFactory()

    post(client, "archive", lead)
    lead.refresh_from_db()
    aside = (lead.active, lead.status)
    post(client, "unarchive", lead)
    lead.refresh_from_db()

    assert (aside, lead.active) == ((False, "open"), True)


def test_note_stands_in_the_timeline_as_text(client, admin):
    lead = LeadFactory()

    post(client, "note", lead, text="<b>Call</b> again")

    page = client.get(reverse("crm:lead", args=[lead.pk])).content.decode()
    assert "&lt;b&gt;Call&lt;/b&gt; again" in page


def test_empty_note_is_not_kept(client, admin):
    lead = LeadFactory()

    post(client, "note", lead, text="  ")

    assert lead.events.count() == 0


def test_task_is_given_to_the_owner_and_ticked_off(client, admin):
    lead = LeadFactory(owner=admin)

    post(client, "task", lead, title="Send the offer", due_on="2026-05-09")
    task = Task.objects.get()
    client.post(reverse("crm:task-done", args=[task.pk]))
    task.refresh_from_db()
    done = task.done_at is not None
    client.post(reverse("crm:task-done", args=[task.pk]))
    task.refresh_from_db()

    assert (task.owner, task.due_at.isoformat()) == (admin, "2026-05-09T23:59:00+00:00")
    assert (done, task.done_at) == (True, None)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_on_a_lead_of_others_is_not_found_and_changes_nothing(client, name):
    client.force_login(UserFactory(role="sales_user"))
    lead = LostLeadFactory() if name == "restore" else LeadFactory()
    before = Lead.objects.values().get()

    response = post(client, name, lead, text="x", title="x", stage=lead.stage_id)

    assert (response.status_code, Lead.objects.values().get()) == (404, before)
    assert (lead.events.count(), lead.tasks.count()) == (0, 0)


@pytest.mark.parametrize("name", ACTIONS)
def test_action_without_the_right_is_not_found(client, name):
    client.force_login(UserFactory(role="marketing_user"))

    assert post(client, name, LeadFactory(), text="x").status_code == 404


@pytest.mark.parametrize("name", ACTIONS)
def test_action_by_get_is_refused(client, admin, name):
    lead = LeadFactory()

    assert client.get(reverse(f"crm:lead-{name}", args=[lead.pk])).status_code == 405
    assert lead.events.count() == 0


@pytest.mark.parametrize(("probability", "shown"), [(60, "60"), ("33.33", "33.33")])
def test_probability_is_shown_without_empty_decimals(client, probability, shown):
    client.force_login(UserFactory())
    lead = LeadFactory(probability=probability)

    page = client.get(reverse("crm:lead", args=[lead.pk])).content.decode()

    assert f'name="probability" value="{shown}"' in page


def test_a_mistyped_address_is_mended_by_one_press(client):
    client.force_login(UserFactory(role="sales_manager"))
    lead = LeadFactory(email="Anna@gmial.com")
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert 'name="address" value="anna@gmail.com"' in page

    client.post(f"/leads/{lead.pk}/address/", {"address": "anna@gmail.com"})

    lead.refresh_from_db()
    assert (lead.email, lead.address_quality) == ("anna@gmail.com", "good")
    assert "mistyped?" not in client.get(f"/leads/{lead.pk}/").content.decode()


@pytest.mark.parametrize("given", ["other@gmail.com", ""])
def test_only_the_proposed_address_is_taken(client, given):
    client.force_login(UserFactory(role="sales_manager"))
    lead = LeadFactory(email="anna@gmial.com")

    client.post(f"/leads/{lead.pk}/address/", {"address": given})

    lead.refresh_from_db()
    assert lead.email == "anna@gmial.com"


def test_the_page_says_what_is_known_of_the_address(client):
    client.force_login(UserFactory(role="sales_manager"))
    lead = LeadFactory(
        email="info@example.org",
        paused_until=timezone.now() + timedelta(days=3),
        mail_gap_days=30,
        created_at=NOW - timedelta(days=2000),
    )

    page = client.get(f"/leads/{lead.pk}/").content.decode()

    for words in ("Shared post box", "High risk", "No mail until", "in 30 days"):
        assert words in page
