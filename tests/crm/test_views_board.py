from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import NOW, LeadFactory, LostLeadFactory, UserFactory
from winback.crm import board
from winback.crm.models import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stages():
    return {stage.name: stage for stage in Stage.objects.all()}


def move(client, lead, stage):
    given = {"lead": lead.pk, "stage": stage.pk}
    return client.post(reverse("crm:pipeline-move"), given)


def test_board_shows_columns_with_counts_and_sums(client, admin, stages):
    LeadFactory(stage=stages["New"], expected_revenue=100, currency="EUR")
    LeadFactory(stage=stages["New"], expected_revenue=200, currency="USD")
    LeadFactory(stage=stages["Won"], status="won", won_at=NOW)
    LostLeadFactory(stage=stages["New"])
    LeadFactory(stage=stages["New"], active=False)

    columns = client.get(reverse("crm:pipeline")).context["columns"]

    assert [(one.stage.name, one.figures.leads) for one in columns] == [
        ("New", 2),
        ("Qualified", 0),
        ("Proposition", 0),
        ("Won", 1),
    ]
    assert columns[0].figures.sums == [("USD", 200), ("EUR", 100)]


def test_board_without_leads_says_how_to_begin(client, admin):
    page = client.get(reverse("crm:pipeline")).content.decode()

    assert "The pipeline is empty" in page


def test_board_shows_more_cards_on_demand(client, admin, stages, monkeypatch):
    monkeypatch.setattr(board, "CARDS", 2)
    for number in range(3):
        LeadFactory(
            title=f"lead {number}",
            stage=stages["New"],
            created_at=NOW - timedelta(days=number),
        )

    first = client.get(reverse("crm:pipeline")).context["columns"][0].cards
    url = reverse("crm:pipeline-cards", args=[stages["New"].pk])
    second = client.get(url, {"after": first.after}).context["cards"]

    assert [lead.title for lead in first.rows] == ["lead 0", "lead 1"]
    assert ([lead.title for lead in second.rows], second.after) == (["lead 2"], "")


def test_move_puts_the_lead_into_the_stage_and_answers_new_figures(
    client, admin, stages
):
    lead = LeadFactory(stage=stages["New"])

    response = move(client, lead, stages["Won"])

    lead.refresh_from_db()
    assert (lead.stage, lead.status) == (stages["Won"], "won")
    figures = response.content.decode()
    assert figures.count('hx-swap-oob="true"') == 4


def test_move_of_a_lead_of_others_is_not_found_and_changes_nothing(client, stages):
    client.force_login(UserFactory(role="sales_user"))
    lead = LeadFactory(stage=stages["New"])

    response = move(client, lead, stages["Won"])

    lead.refresh_from_db()
    assert (response.status_code, lead.stage) == (404, stages["New"])


def test_move_without_the_right_is_not_found_and_changes_nothing(client, stages):
    client.force_login(UserFactory(role="marketing_user"))
    lead = LeadFactory(stage=stages["New"])

    response = move(client, lead, stages["Won"])

    lead.refresh_from_db()
    assert (response.status_code, lead.stage) == (404, stages["New"])


def test_move_of_a_lost_lead_is_not_found(client, admin, stages):
    lead = LostLeadFactory(stage=stages["New"])

    assert move(client, lead, stages["Qualified"]).status_code == 404


def test_move_by_get_is_refused(client, admin):
    assert client.get(reverse("crm:pipeline-move")).status_code == 405


@pytest.mark.parametrize("more", [0, 2])
def test_board_takes_the_same_queries_for_any_number_of_cards(
    client, admin, stages, more, django_assert_num_queries
):
    LeadFactory.create_batch(1 + more, stage=stages["New"], owner=UserFactory())

    # session, user, figures, stages, cards, tags, reasons
    with django_assert_num_queries(7):
        page = client.get(reverse("crm:pipeline")).content.decode()

    assert page.count('class="board-card"') == 1 + more
