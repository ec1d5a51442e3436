"""What rule trees find, said literally."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.factories import NOW, UserFactory
from tests.segments.conftest import lead

from winback.accounts.rules import Role
from winback.segments.queries import audience
from winback.segments.rules import RuleTreeError

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
