from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import translation

from tests.factories import LeadFactory, LostLeadFactory, UserFactory
from winback.accounts.models import Team
from winback.crm.models import LostReason, Product, Stage, Tag

pytestmark = pytest.mark.django_db
KINDS = ["stage", "reason", "team", "tag", "product"]


@pytest.fixture
def manager(client):
    person = UserFactory(role="sales_manager")
    client.force_login(person)
    return person


def names(model):
    return list(model.objects.filter(archived_at=None).values_list("name", flat=True))


@pytest.mark.parametrize("kind", KINDS)
def test_records_of_the_pipeline_do_not_exist_for_sellers(client, kind):
    client.force_login(UserFactory(role="sales_user"))
    Tag.objects.create(name="VIP")

    assert client.get(reverse(f"crm:{kind}-list")).status_code == 404
    response = client.post(reverse(f"crm:{kind}-new"), {"name": "Mine"})
    assert response.status_code == 404
    assert not Tag.objects.filter(name="Mine").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_records_list_and_form_open(client, manager, kind):
    assert client.get(reverse(f"crm:{kind}-list")).status_code == 200
    assert client.get(reverse(f"crm:{kind}-new")).status_code == 200


def test_new_reason_is_kept_with_its_translations(client, manager):
    client.post(
        reverse("crm:reason-new"),
        {"name": "Too slow", "name_uk": "Задовго", "name_fa": ""},
    )

    reason = LostReason.objects.get(name="Too slow")
    with translation.override("uk"):
        assert str(reason) == "Задовго"
    assert reason.name_translations == {"uk": "Задовго"}
    assert names(LostReason)[-1] == "Too slow"


def test_reason_with_a_known_name_is_refused(client, manager):
    response = client.post(reverse("crm:reason-new"), {"name": "Too expensive"})

    assert response.status_code == 422


def test_reason_in_use_is_archived_and_can_be_used_again(client, manager):
    reason = LostLeadFactory().lost_reason

    client.post(reverse("crm:reason-remove", args=[reason.pk]))
    reason.refresh_from_db()
    archived = reason.archived_at is not None
    client.post(reverse("crm:reason-back", args=[reason.pk]))
    reason.refresh_from_db()

    assert (archived, reason.archived_at) == (True, None)


def test_reason_of_the_history_alone_is_archived_too(client, manager):
    lead = LostLeadFactory()
    reason = lead.lost_reason
    type(lead).objects.update(status="open", active=True, lost_reason=None)

    client.post(reverse("crm:reason-remove", args=[reason.pk]))

    reason.refresh_from_db()
    assert reason.archived_at is not None


def test_reason_never_used_is_deleted(client, manager):
    reason = LostReason.objects.create(name="Typo")

    client.post(reverse("crm:reason-remove", args=[reason.pk]))

    assert not LostReason.objects.filter(name="Typo").exists()


def test_stage_with_leads_stays(client, manager):
    stage = LeadFactory().stage

    client.post(reverse("crm:stage-remove", args=[stage.pk]))

    stage.refresh_from_db()
    assert stage.archived_at is None


def test_last_stage_to_begin_in_stays(client, manager):
    Stage.objects.filter(is_won=False).exclude(name="New").delete()
    stage = Stage.objects.get(name="New")

    client.post(reverse("crm:stage-remove", args=[stage.pk]))

    assert names(Stage) == ["New", "Won"]


@pytest.mark.parametrize("probability", ["-1", "100.01", "x"])
def test_stage_with_an_impossible_probability_is_refused(client, manager, probability):
    response = client.post(
        reverse("crm:stage-new"), {"name": "Odd", "probability": probability}
    )

    assert response.status_code == 422


def test_stage_moves_among_its_neighbours(client, manager):
    stage = Stage.objects.get(name="Qualified")
    url = reverse("crm:stage-move", args=[stage.pk])

    client.post(url, {"direction": "up"})
    up = names(Stage)
    client.post(url, {"direction": "up"})
    client.post(url, {"direction": "down"})
    client.post(url, {"direction": "down"})

    assert up == ["Qualified", "New", "Proposition", "Won"]
    assert names(Stage) == ["New", "Proposition", "Qualified", "Won"]


def test_team_is_deleted_and_leaves_its_leads(client, manager):
    team = Team.objects.create(name="North")
    lead = LeadFactory(team=team)

    client.post(reverse("crm:team-remove", args=[team.pk]))

    lead.refresh_from_db()
    assert (lead.team, Team.objects.count()) == (None, 0)


@pytest.mark.parametrize("action", ["move", "remove", "back"])
def test_change_by_get_is_refused(client, manager, action):
    url = reverse(f"crm:stage-{action}", args=[Stage.objects.first().pk])

    assert client.get(url).status_code == 405


def test_tag_cannot_be_moved_or_archived(client, manager):
    tag = Tag.objects.create(name="VIP")

    assert client.post(reverse("crm:tag-move", args=[tag.pk])).status_code == 404
    assert client.post(reverse("crm:tag-back", args=[tag.pk])).status_code == 404


@pytest.mark.parametrize("more", [0, 2])
def test_reason_list_takes_the_same_queries_for_any_number(
    client, manager, more, django_assert_num_queries
):
    LostReason.objects.exclude(name="Too expensive").delete()
    for number in range(more):
        LostReason.objects.create(name=f"reason {number}")

    with django_assert_num_queries(3):  # session, user, reasons
        page = client.get(reverse("crm:reason-list")).content.decode()

    assert page.count('<tr id="record-') == 1 + more


def test_product_is_priced_and_archived_once_a_lead_asks_for_it(client, manager):
    form = {"name": "Harbour Lamp", "price": "89.50", "currency": "eur", "stock": "4"}
    client.post(reverse("crm:product-new"), form)
    lamp = Product.objects.get()
    assert (lamp.price, lamp.currency, lamp.stock) == (Decimal("89.50"), "EUR", 4)

    LeadFactory(product=lamp)
    client.post(reverse("crm:product-remove", args=[lamp.pk]))
    lamp.refresh_from_db()
    assert lamp.archived_at is not None

    client.post(reverse("crm:product-back", args=[lamp.pk]))
    lamp.refresh_from_db()
    assert lamp.archived_at is None


@pytest.mark.parametrize(
    ("field", "value"), [("price", "-1"), ("currency", "EURO"), ("currency", "QQQ")]
)
def test_product_that_makes_no_sense_is_refused(client, manager, field, value):
    form = {"name": "Harbour Lamp", "price": "1", "currency": "EUR", field: value}

    response = client.post(reverse("crm:product-new"), form)

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Product.objects.exists()
