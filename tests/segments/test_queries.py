"""What rule trees find, said literally."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from tests.factories import NOW, UserFactory
from tests.segments.conftest import lead

from winback.accounts.rules import Role
from winback.core.models import Installation
from winback.segments.known import read_known
from winback.segments.queries import audience, page_of
from winback.segments.rules import RuleTreeError, parse_tree

pytestmark = pytest.mark.django_db
SEED = {
    "match": "all",
    "rules": [
        {"field": "blacklisted", "op": "not_set"},
        {"field": "created_at", "op": ">=", "value": "2024-01-01"},
        {"field": "stage", "op": "not_in", "value": ["New", "Qualified", "Won"]},
        {"field": "lost_reason", "op": "in", "value": ["Not enough stock"]},
        {
            "match": "any",
            "rules": [
                {"field": "active", "op": "set"},
                {"field": "active", "op": "not_set"},
            ],
        },
    ],
}


def test_audience_of_the_seed_recipe_finds_exactly_those_people(stages, reasons):
    wanted = {
        "status": "lost",
        "stage": stages["Proposition"],
        "lost_reason": reasons["Not enough stock"],
        "created_at": datetime(2024, 1, 1, tzinfo=UTC),
    }
    lead("Wanted", **wanted)
    lead("Blacklisted", **wanted | {"blacklisted": True})
    lead("Too old", **wanted | {"created_at": datetime(2023, 12, 31, tzinfo=UTC)})
    lead("Other stage", **wanted | {"stage": stages["Qualified"]})
    lead("Other reason", **wanted | {"lost_reason": reasons["Too expensive"]})
    lead("No reason", **wanted | {"lost_reason": None})

    found = audience(SEED, user=None, now=NOW)

    assert [one.title for one in found] == ["Wanted"]


@pytest.mark.parametrize("tree", [None, {}, {"match": "any", "rules": []}])
def test_audience_of_an_empty_tree_is_every_lead_not_archived(tree):
    lead("Active")
    lead("Archived", active=False)

    found = audience(tree, user=None, now=NOW)

    assert [one.title for one in found] == ["Active"]


def test_audience_of_a_sales_person_is_their_own_leads():
    seller = UserFactory(role=Role.SALES_USER.value)
    lead("Own", owner=seller)
    lead("Of another", owner=UserFactory())

    found = audience({}, user=seller, now=NOW)

    assert [one.title for one in found] == ["Own"]


def test_audience_with_an_unknown_name_is_refused_with_its_place():
    tree = {
        "match": "all",
        "rules": [
            {"field": "stage", "op": "in", "value": ["Nowhere"]},
        ],
    }

    with pytest.raises(RuleTreeError) as refused:
        audience(tree, user=None, now=NOW)

    assert [(p.path, p.code) for p in refused.value.problems] == [
        ("rules[0].value[0]", "unknown_record")
    ]


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_of_the_seed_recipe_takes_two_statements(
    stages, reasons, item_count, django_assert_num_queries
):
    Installation.current()  # makes its row
    for number in range(item_count):
        lead(f"Lead {number}", stage=stages["Proposition"])
        lead(
            f"Wanted {number}",
            status="lost",
            stage=stages["Proposition"],
            lost_reason=reasons["Not enough stock"],
        )

    # what the names and the zone stand for, the rows
    with django_assert_num_queries(2):
        page = page_of(audience(SEED, user=None, now=NOW))

    assert [row.lost_reason for row in page.rows] == ["Not enough stock"] * item_count


def test_page_shows_a_lead_as_the_list_needs_it_in_the_readers_language(stages):
    stage = stages["Qualified"]
    stage.name_translations = {"uk": "Кваліфікований"}
    stage.save(update_fields=["name_translations"])
    one = lead("Wish", contact_name="Ann", company="Acme", stage=stage)

    with translation.override("uk"):
        (row,) = page_of(audience({}, user=None, now=NOW)).rows

    assert row._asdict() == {
        "pk": one.pk,
        "title": "Wish",
        "contact_name": "Ann",
        "company": "Acme",
        "email": "wish@example.org",
        "lost_at": None,
        "created_at": one.created_at,
        "stage": "Кваліфікований",
        "lost_reason": "",
    }


def test_names_of_all_fields_are_read_in_one_statement(
    stages, reasons, django_assert_num_queries
):
    owner = UserFactory(email="ann@example.org")
    tree = parse_tree(
        {
            "match": "all",
            "rules": [
                {"field": "lost_reason", "op": "in", "value": ["Too expensive", 10**9]},
                {"field": "owner", "op": "=", "value": owner.pk},
                {"field": "stage", "op": "not_in", "value": ["New"]},
                {"field": "tags", "op": "in", "value": []},
                {"field": "created_at", "op": ">=", "value": "2024-01-01"},
            ],
        }
    )
    installation = Installation.current()
    installation.time_zone = "Asia/Tehran"
    installation.save(update_fields=["time_zone"])

    with django_assert_num_queries(1):
        known = read_known(tree)

    assert known.own_names == {
        "lost_reason": {reasons["Too expensive"].pk: "Too expensive"},
        "owner": {owner.pk: "ann@example.org"},
        "stage": {stage.pk: name for name, stage in stages.items()},
    }
    assert known.zone.key == "Asia/Tehran"


def test_zone_of_an_installation_without_a_row_is_the_usual_one(settings):
    settings.TIME_ZONE = "Asia/Tehran"
    Installation.objects.all().delete()
    rules = [{"field": "lost_at", "op": "in_period", "value": "last_month"}]

    known = read_known(parse_tree({"match": "all", "rules": rules}))

    assert known.zone.key == "Asia/Tehran"
