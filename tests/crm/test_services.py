"""Leads moved through stages, made and changed."""

from decimal import Decimal

import pytest

from tests.crm.records import LATER, NOW, all_leads, kinds, reason, stage
from tests.factories import LeadFactory, LostReasonFactory, StageFactory, UserFactory
from winback.crm import services
from winback.crm.models import LeadEvent, Tag
from winback.crm.services import LeadChangeError, LeadFields

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ stages


def test_move_to_won_stage_wins(news):
    lead = LeadFactory(stage=stage("New"), active=False)

    services.move_to_stage(lead, stage("Won"), by=None, now=NOW)

    lead.refresh_from_db()
    assert (lead.status, lead.probability, lead.won_at) == ("won", 100, NOW)
    assert (lead.active, lead.stage_changed_at) == (True, NOW)
    assert kinds(lead) == ["stage_moved", "won"]
    assert lead.events.first().details == {"from": "New", "to": "Won"}
    assert news == [("won", {"lead_ids": [lead.pk], "at": NOW, "by": None})]


def test_move_out_of_won_stage_reopens():
    lead = LeadFactory(stage=stage("New"))
    services.move_to_stage(lead, stage("Won"), by=None, now=NOW)

    services.move_to_stage(lead, stage("Qualified"), by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.status, lead.probability, lead.won_at) == ("open", 30, None)
    assert kinds(lead)[-2:] == ["stage_moved", "reopened"]


def test_move_to_another_won_stage_keeps_won_at():
    lead = LeadFactory(stage=stage("New"))
    services.move_to_stage(lead, stage("Won"), by=None, now=NOW)
    second = StageFactory(name="Won again", is_won=True, probability=100)

    services.move_to_stage(lead, second, by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.status, lead.won_at) == ("won", NOW)


def test_move_lost_lead_to_won_stage_restores_and_wins(news):
    lead = LeadFactory(stage=stage("New"))
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)
    news.clear()

    services.move_to_stage(lead, stage("Won"), by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.status, lead.active, lead.lost_reason) == ("won", True, None)
    assert lead.losses.get().restored_at == LATER
    assert [name for name, _carried in news] == ["restored", "won"]


def test_move_lost_lead_elsewhere_stays_lost():
    lead = LeadFactory(stage=stage("New"))
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)

    services.move_to_stage(lead, stage("Qualified"), by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.status, lead.lost_at, lead.probability) == ("lost", NOW, 0)


def test_move_to_the_same_stage_changes_nothing():
    lead = LeadFactory(stage=stage("New"))

    services.move_to_stage(lead, stage("New"), by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.stage_changed_at == LATER, kinds(lead)) == (False, [])


# ----------------------------------------------------------------- writing


def test_create_lead_begins_in_the_first_stage(news):
    lead = services.create_lead(
        LeadFields(title="Chairs", email="ANN@example.com"), by=None, now=NOW
    )

    lead.refresh_from_db()
    assert (lead.stage.name, lead.status, lead.probability) == ("New", "open", 10)
    assert (lead.email_normalized, lead.created_at) == ("ann@example.com", NOW)
    assert kinds(lead) == ["created"]
    assert news == [("written", {"lead_ids": [lead.pk]})]


def test_create_lead_in_won_stage_is_won_and_dated():
    lead = services.create_lead(
        LeadFields(title="Chairs", stage=stage("Won")), by=None, now=NOW
    )

    assert (lead.status, lead.won_at, lead.probability) == ("won", NOW, 100)


def test_create_lead_with_probability_counts_as_set_by_hand():
    lead = services.create_lead(
        LeadFields(title="Chairs", probability=Decimal(55)), by=None, now=NOW
    )

    assert (lead.probability, lead.probability_by_hand) == (55, True)


def test_update_lead_notes_old_and_new_and_announces_a_new_address(news):
    lead = LeadFactory(email="old@example.com", city="Kyiv")
    tag = Tag.objects.create(name="VIP")

    services.update_lead(
        lead,
        {"email": "new@example.com", "city": "Kyiv", "tags": [tag]},
        by=None,
        now=NOW,
    )

    lead.refresh_from_db()
    assert lead.email_normalized == "new@example.com"
    assert lead.events.get().details == {
        "fields": {
            "email": ["old@example.com", "new@example.com"],
            "tags": ["", "VIP"],
        }
    }
    assert news == [("written", {"lead_ids": [lead.pk]})]


def test_update_lead_without_difference_writes_no_event():
    lead = LeadFactory(city="Kyiv")

    services.update_lead(lead, {"city": "Kyiv", "tags": []}, by=None, now=NOW)

    assert LeadEvent.objects.count() == 0


def test_update_lead_with_stage_is_a_move():
    lead = LeadFactory(stage=stage("New"))

    services.update_lead(lead, {"stage": stage("Won")}, by=None, now=NOW)

    lead.refresh_from_db()
    assert lead.status == "won"


@pytest.mark.parametrize("field", ["status", "lost_at", "blacklisted", "nonsense"])
def test_update_lead_refuses_fields_with_rules_of_their_own(field):
    with pytest.raises(LeadChangeError, match=field):
        services.update_lead(LeadFactory(), {field: "x"}, by=None, now=NOW)


def test_update_lead_probability_of_a_lost_lead_is_refused():
    lead = LeadFactory()
    services.mark_lost(all_leads(), reason=None, by=None, now=NOW)

    with pytest.raises(LeadChangeError, match="probability"):
        services.update_lead(lead, {"probability": Decimal(5)}, by=None, now=NOW)


def test_create_task_goes_to_the_owner():
    owner = UserFactory()
    lead = LeadFactory(owner=owner)

    task = services.create_task(lead, title="Answer the reply", now=NOW)

    assert (task.owner, task.lead, task.due_at) == (owner, lead, None)


def test_lost_reason_factory_finds_the_default_row():
    assert LostReasonFactory() == reason()
