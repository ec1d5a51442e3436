"""Trees and problems in words."""

from __future__ import annotations

import pytest
from django.utils.translation import override
from tests.segments.test_queries import SEED

from winback.segments.rules import (
    MESSAGES,
    OPERATORS,
    Problem,
    Unit,
    parse_tree,
)
from winback.segments.rules.values import PERIODS
from winback.segments.words import (
    PERIOD_LABELS,
    UNIT_LABELS,
    operator_label,
    problem_message,
    tree_in_words,
)


@pytest.mark.django_db
def test_seed_recipe_in_words(stages, reasons):
    assert tree_in_words(parse_tree(SEED)) == (
        "All of these hold: Blacklisted is not set; "
        "Created on is on or after Jan 1, 2024; "
        "Stage is not in “New”, “Qualified”, “Won”; "
        "Lost reason is in “Not enough stock”; "
        "any of (Active is set; Active is not set)."
    )


@pytest.mark.django_db
def test_spans_periods_numbers_and_long_lists_in_words():
    tree = {
        "match": "none",
        "rules": [
            {"field": "lost_at", "op": "in_last", "value": "1 month"},
            {"field": "won_at", "op": "in_period", "value": "this_jalali_year"},
            {"field": "probability", "op": "between", "value": [5, "7.5"]},
            {"field": "country", "op": "in", "value": ["UA", "IR"]},
            {"field": "city", "op": "in", "value": list("abcdefg")},
            {"field": "tags", "op": "in", "value": []},
        ],
    }

    assert tree_in_words(parse_tree(tree)) == (
        "None of these holds: Lost on is in the last 1 month; "
        "Won on is in the period this year (Jalali); "
        "Probability is between 5.00 and 7.50; "
        "Country is in “Ukraine”, “Iran”; "
        "City is in “a”, “b”, “c”, “d”, “e” and 2 more; "
        "Tags is in an empty list."
    )


def test_empty_tree_in_words():
    assert tree_in_words(parse_tree({})) == "Every lead."


def test_every_problem_operator_unit_and_period_has_words():
    params = dict.fromkeys(
        ("detail", "limit", "key", "field", "op", "period", "value"), "x"
    )
    for code in MESSAGES:
        assert problem_message(Problem("", code, params))
    for kind, operators in OPERATORS.items():
        assert all(operator_label(kind, op) for op in operators)
    assert set(PERIOD_LABELS) == set(PERIODS)
    assert set(UNIT_LABELS) == set(Unit)


@pytest.mark.django_db
def test_rules_in_words_speak_of_days_and_names_as_their_reader_does():
    tree = {
        "match": "all",
        "rules": [
            {"field": "created_at", "op": ">=", "value": "2024-01-01"},
            {"field": "title", "op": "contains", "value": "Lamp"},
        ],
    }

    with override("fa"):
        words = tree_in_words(parse_tree(tree))

    assert "۱۱ دی ۱۴۰۲" in words
    assert "«\u2068Lamp\u2069»" in words
