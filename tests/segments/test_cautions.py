"""What people are told of an audience, and that each cure cures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.factories import NOW
from tests.segments.conftest import lead

from winback.crm.models import Lead
from winback.segments.cautions import audience_cautions
from winback.segments.queries import audience

pytestmark = pytest.mark.django_db
EVERYBODY = {
    "match": "any",
    "rules": [
        {"field": "active", "op": "set"},
        {"field": "active", "op": "not_set"},
    ],
}
LONG_AGO = NOW - timedelta(days=100)


def told(tree):
    cautions = audience_cautions(tree, user=None, now=NOW)
    return {one.code: one for one in cautions}


def titles_of(tree):
    return [one.title for one in audience(tree, user=None, now=NOW).order_by("pk")]


@pytest.fixture
def some_of_each(reasons, stages):
    old = {"stage_changed_at": LONG_AGO, "created_at": LONG_AGO}
    lead("Lost", status="lost", lost_reason=reasons["Too expensive"], **old)
    lead("No reason", status="lost", **old)
    lead("Won", status="won", won_at=LONG_AGO, **old)
    lead("Silent", **old)
    lead("Answered", last_engaged_at=NOW - timedelta(days=14), **old)
    lead("Moved", **old | {"stage_changed_at": NOW - timedelta(days=1)})


@pytest.mark.parametrize(
    ("code", "count", "left"),
    [
        ("never_lost", 4, ["Lost", "No reason"]),
        ("no_reason", 1, ["Lost", "Won", "Silent", "Answered", "Moved"]),
        ("won", 1, ["Lost", "No reason", "Silent", "Answered", "Moved"]),
        ("talking", 2, ["Lost", "No reason", "Won", "Silent"]),
    ],
)
def test_caution_counts_and_its_cure_leaves_those_out(some_of_each, code, count, left):
    caution = told(EVERYBODY)[code]

    assert caution.count == count
    # The reason's cure is narrower than its count: it leaves nobody without one.
    expected = ["Lost"] if code == "no_reason" else left
    assert titles_of(caution.cure) == expected


def test_cure_that_names_the_status_lets_no_archived_lead_in(some_of_each):
    caution = told({})["won"]

    assert titles_of(caution.cure) == ["Silent", "Answered", "Moved"]


def test_negative_rule_tells_whom_it_lets_in_and_cures_it_in_place(some_of_each):
    tree = {
        "match": "all",
        "rules": [
            {"field": "status", "op": "in", "value": ["lost"]},
            {"field": "lost_reason", "op": "not_in", "value": ["Not enough stock"]},
        ],
    }

    caution = told(tree)["includes_unset"]

    assert (caution.path, caution.count) == ("rules[1]", 1)
    assert caution.message == "Includes 1 lead without “Lost reason”."
    assert titles_of(tree) == ["Lost", "No reason"]
    assert titles_of(caution.cure) == ["Lost"]
    assert caution.cure["rules"][2] == {"field": "lost_reason", "op": "set"}


def test_archived_leads_left_out_are_told_and_can_be_let_in(some_of_each):
    caution = told({})["archived_left_out"]

    assert caution.count == 2
    assert len(titles_of(caution.cure)) == 6


def test_empty_audience_names_the_most_restrictive_rule(some_of_each):
    tree = {
        "match": "all",
        "rules": [
            {"field": "status", "op": "in", "value": ["lost"]},
            {"field": "title", "op": "contains", "value": "nothing like it"},
        ],
    }

    caution = told(tree)["most_restrictive"]

    assert (caution.path, caution.count) == ("rules[1]", 2)
    assert caution.message == (
        "Nobody matches. The most restrictive rule, "
        "“Title contains “nothing like it””, leaves out 2 leads."
    )
    assert titles_of(caution.cure) == ["Lost", "No reason"]


def test_audience_without_anything_odd_is_told_nothing(some_of_each, reasons):
    tree = {
        "match": "all",
        "rules": [
            {"field": "lost_reason", "op": "in", "value": ["Too expensive"]},
            EVERYBODY,
        ],
    }

    assert told(tree) == {}


def test_cautions_of_any_tree_take_three_statements(
    some_of_each, django_assert_num_queries
):
    # A setting, those who match, and those whom the archive hides.
    with django_assert_num_queries(3):
        audience_cautions({}, user=None, now=NOW)


def test_addresses_that_speak_against_themselves_are_told_and_can_be_left_out():
    for email in ("a@gmial.com", "b@mailinator.com", "info@example.org", "c@dead.org"):
        lead(email, email=email)
    Lead.objects.filter(email="c@dead.org").update(address_quality="unreachable")
    lead("Old", created_at=NOW - timedelta(days=2000))
    lead("Sleeps", ignored_in_a_row=6)
    lead("Good")

    cautions = {
        one.code: one
        for one in audience_cautions({}, user=None, now=NOW)
        if one.code.startswith(("address_", "ignored"))
    }

    assert {code: one.count for code, one in cautions.items()} == {
        "address_unreachable": 1,
        "address_typo": 1,
        "address_disposable": 1,
        "address_role": 1,
        "address_risk": 1,
        "ignored": 1,
    }
    for one in cautions.values():
        left = audience(one.cure, user=None, now=NOW).count()
        # Whoever is mistyped or unreachable is at high risk, too.
        assert left == 7 - (3 if one.code == "address_risk" else 1)
