"""Lost, restored, archived: the lead, its history and the news."""

from decimal import Decimal

import pytest
from django.db.models import ProtectedError

from tests.crm.records import LATER, NOW, all_leads, kinds, reason, stage
from tests.factories import LeadFactory, UserFactory
from winback.crm import services
from winback.crm.models import Lead, LeadLoss, LostReason, Stage
from winback.crm.rules import WonLeadError

pytestmark = pytest.mark.django_db


# ---------------------------------------------------------------- defaults


def test_default_stages_and_reasons_are_there_in_three_languages(settings):
    stages = list(Stage.objects.values_list("name", "probability", "is_won"))
    reasons = list(LostReason.objects.values_list("name", flat=True))

    assert stages == [
        ("New", 10, False),
        ("Qualified", 30, False),
        ("Proposition", 60, False),
        ("Won", 100, True),
    ]
    assert reasons == [
        "Too expensive",
        "We don't have people/skills",
        "Not enough stock",
    ]
    assert stage("New").name_translations == {"uk": "Новий", "fa": "جدید"}


def test_reason_in_use_cannot_be_deleted():
    LeadFactory()
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)
    services.restore_leads(all_leads(), by=None, now=NOW)

    with pytest.raises(ProtectedError):
        reason().delete()


# ------------------------------------------------------------------ losing


def test_mark_lost_changes_the_lead_and_keeps_its_stage(news):
    lead, by = LeadFactory(stage=stage("Qualified"), probability=30), UserFactory()

    count = services.mark_lost(
        all_leads(), reason=reason(), note=" too dear ", by=by, now=NOW
    )

    lead.refresh_from_db()
    assert count == 1
    assert (lead.status, lead.active, lead.probability) == ("lost", False, 0)
    assert (lead.lost_at, lead.lost_reason, lead.stage) == (
        NOW,
        reason(),
        stage("Qualified"),
    )
    loss = lead.losses.get()
    assert (loss.reason, loss.note, loss.by, loss.lost_at, loss.restored_at) == (
        reason(),
        "too dear",
        by,
        NOW,
        None,
    )
    assert kinds(lead) == ["lost"]
    assert news == [("lost", {"lead_ids": [lead.pk], "at": NOW, "by": by})]


def test_mark_lost_again_does_not_move_lost_at():
    lead = LeadFactory()
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)

    count = services.mark_lost(
        all_leads(), reason=reason("Not enough stock"), by=None, now=LATER
    )

    lead.refresh_from_db()
    assert count == 0
    assert (lead.lost_at, lead.lost_reason.name) == (NOW, "Not enough stock")
    assert lead.losses.get().reason.name == "Not enough stock"
    reasons = [event.details["reason"] for event in lead.events.order_by("pk")]
    assert reasons == ["Too expensive", "Not enough stock"]


def test_mark_lost_again_with_the_same_reason_writes_nothing():
    lead = LeadFactory()
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)

    services.mark_lost(all_leads(), reason=reason(), by=None, now=LATER)

    assert (lead.losses.count(), lead.events.count()) == (1, 1)


def test_mark_lost_won_lead_is_refused():
    lead = LeadFactory(stage=stage("Won"), status="won")

    with pytest.raises(WonLeadError):
        services.mark_lost(all_leads(), reason=None, by=None, now=NOW)

    lead.refresh_from_db()
    assert (lead.status, LeadLoss.objects.count()) == ("won", 0)


def test_mark_lost_passes_over_won_leads_among_others():
    won = LeadFactory(stage=stage("Won"), status="won")
    LeadFactory()

    count = services.mark_lost(all_leads(), reason=None, by=None, now=NOW)

    won.refresh_from_db()
    assert (count, won.status) == (1, "won")


@pytest.mark.parametrize("lead_count", [1, 3])
def test_mark_lost_and_restore_need_a_fixed_number_of_queries(
    lead_count, django_assert_num_queries
):
    LeadFactory.create_batch(lead_count, stage=stage("New"))
    why = reason()

    with django_assert_num_queries(7):  # savepoint 2, ids, lock, lead, loss, event
        services.mark_lost(all_leads(), reason=why, by=None, now=NOW)
    with django_assert_num_queries(11):  # the same, and 4 to see who is to thank
        services.restore_leads(all_leads(), by=None, now=LATER)


def test_restore_opens_the_lead_and_keeps_why_it_was_lost(news):
    lead = LeadFactory(stage=stage("Qualified"), probability=30)
    services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)
    news.clear()

    count = services.restore_leads(
        all_leads(), by=None, now=LATER, cause={"recipient_id": 7}
    )

    lead.refresh_from_db()
    assert count == 1
    assert (lead.status, lead.active, lead.probability) == ("open", True, 30)
    assert (lead.lost_reason, lead.lost_at) == (None, None)
    loss = lead.losses.get()
    assert (loss.reason, loss.lost_at, loss.restored_at) == (reason(), NOW, LATER)
    assert kinds(lead) == ["lost", "restored"]
    assert lead.events.get(kind="restored").details == {"recipient_id": 7}
    assert news == [
        (
            "restored",
            {
                "lead_ids": [lead.pk],
                "at": LATER,
                "by": None,
                "cause": {"recipient_id": 7},
            },
        )
    ]


def test_many_leads_are_one_piece_of_news(news):
    lead_ids = [lead.pk for lead in LeadFactory.create_batch(3)]

    services.mark_lost(all_leads(), reason=None, by=None, now=NOW)
    services.restore_leads(all_leads(), by=None, now=LATER)

    assert [(name, carried["lead_ids"]) for name, carried in news] == [
        ("lost", lead_ids),
        ("restored", lead_ids),
    ]


def test_restoring_nobody_is_no_news(news):
    LeadFactory()

    services.restore_leads(all_leads(), by=None, now=NOW)

    assert news == []


def test_restore_gives_back_a_probability_set_by_hand():
    lead = LeadFactory(stage=stage("New"))
    services.update_lead(lead, {"probability": Decimal(77)}, by=None, now=NOW)
    services.mark_lost(all_leads(), reason=None, by=None, now=NOW)

    services.restore_leads(all_leads(), by=None, now=LATER)

    lead.refresh_from_db()
    assert (lead.probability, lead.probability_by_hand) == (77, True)


def test_restore_twice_restores_once():
    LeadFactory()
    services.mark_lost(all_leads(), reason=None, by=None, now=NOW)
    services.restore_leads(all_leads(), by=None, now=LATER)

    assert services.restore_leads(all_leads(), by=None, now=LATER) == 0


def test_lost_twice_keeps_two_losses():
    lead = LeadFactory()
    for _round in range(2):
        services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)
        services.restore_leads(all_leads(), by=None, now=LATER)

    assert lead.losses.filter(reason=reason(), restored_at=LATER).count() == 2


def test_archive_open_lead_is_not_lost_and_comes_back():
    lead = LeadFactory(probability=30)

    archived = services.archive_leads(all_leads(), by=None, now=NOW)

    lead.refresh_from_db()
    assert (archived, lead.active, lead.status) == (1, False, "open")
    assert (lead.probability, lead.lost_at) == (30, None)
    assert services.unarchive_leads(all_leads(), by=None, now=LATER) == 1
    lead.refresh_from_db()
    assert (lead.active, kinds(lead)) == (True, ["archived", "unarchived"])


def test_archive_won_lead_stays_won():
    lead = LeadFactory(stage=stage("Won"), status="won")

    services.archive_leads(all_leads(), by=None, now=NOW)

    lead.refresh_from_db()
    assert (lead.active, lead.status) == (False, "won")


def test_unarchive_lost_lead_is_left_alone():
    LeadFactory()
    services.mark_lost(all_leads(), reason=None, by=None, now=NOW)

    assert services.unarchive_leads(all_leads(), by=None, now=LATER) == 0


def test_losing_ten_thousand_at_once_works():
    new = stage("New")
    Lead.objects.bulk_create(
        Lead(title=f"Lead {n}", stage=new, created_at=NOW, stage_changed_at=NOW)
        for n in range(10_000)
    )

    lost = services.mark_lost(all_leads(), reason=reason(), by=None, now=NOW)
    restored = services.restore_leads(all_leads(), by=None, now=LATER)

    assert (lost, restored) == (10_000, 10_000)
    assert LeadLoss.objects.filter(restored_at=LATER).count() == 10_000
