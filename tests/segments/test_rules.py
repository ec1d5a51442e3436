"""Reading trees: what is taken, what is refused and where the fault is."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winback.segments.rules import (
    EMPTY_TREE,
    FIELD_TYPES,
    OPERATORS,
    RuleTreeError,
    leaves_out_archived,
    load_json,
    parse_tree,
    to_json,
)


def faults(raw):
    with pytest.raises(RuleTreeError) as refused:
        parse_tree(raw)
    return [(one.path, one.code) for one in refused.value.problems]


def rule(field, op, value=None):
    plain = {"field": field, "op": op}
    return plain if value is None else {**plain, "value": value}


def tree(*rules, match="all"):
    return {"match": match, "rules": list(rules)}


@pytest.mark.parametrize("raw", [None, {}, tree(), tree(tree(), tree(match="none"))])
def test_tree_without_rules_is_the_empty_tree(raw):
    assert parse_tree(raw) == EMPTY_TREE


def test_groups_without_rules_are_dropped_and_places_stay_those_of_the_input():
    read = parse_tree(tree(tree(match="any"), rule("active", "set")))

    assert to_json(read) == tree(rule("active", "set"))
    assert read.rules[0].path == "rules[1]"


def test_lone_rule_is_read_as_a_group_of_one():
    assert to_json(parse_tree(rule("active", "set"))) == tree(rule("active", "set"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ([], [("", "not_a_rule")]),
        ("all", [("", "not_a_rule")]),
        (tree(7), [("rules[0]", "not_a_rule")]),
        ({"rules": []}, [("match", "unknown_match")]),
        ({"match": "some", "rules": []}, [("match", "unknown_match")]),
        ({"match": "all", "rules": {}}, [("rules", "rules_not_a_list")]),
        ({"match": "all", "rulez": []}, [("rulez", "unknown_key")]),
        (tree(rule("nothing", "set")), [("rules[0].field", "unknown_field")]),
        (tree(rule(["active"], "set")), [("rules[0].field", "unknown_field")]),
        (tree({"field": "active"}), [("rules[0].op", "unknown_operator")]),
        (tree(rule("active", "=", True)), [("rules[0].op", "unknown_operator")]),
        (tree(rule("title", "<", "x")), [("rules[0].op", "unknown_operator")]),
        (tree(rule("active", "set", 1)), [("rules[0].value", "value_not_allowed")]),
        (tree(rule("title", "=")), [("rules[0].value", "value_missing")]),
        (tree(rule("title", "=", 5)), [("rules[0].value", "not_a_text")]),
        (tree(rule("title", "in", "x")), [("rules[0].value", "not_a_list")]),
        (tree(rule("title", "in", ["x", 5])), [("rules[0].value[1]", "not_a_text")]),
        (tree(rule("title", "=", "a\x00")), [("rules[0].value", "bad_character")]),
        (tree(rule("title", "=", "\ud800")), [("rules[0].value", "bad_character")]),
        (tree(rule("title", "=", "x" * 2**20)), [("rules[0].value", "text_too_long")]),
        (tree(rule("stage", "=", True)), [("rules[0].value", "not_an_id")]),
        (tree(rule("stage", "=", 0)), [("rules[0].value", "not_an_id")]),
        (tree(rule("stage", "=", 2**63)), [("rules[0].value", "not_an_id")]),
        (tree(rule("stage", "in", [None])), [("rules[0].value[0]", "not_an_id")]),
        (tree(rule("probability", "=", "x")), [("rules[0].value", "not_a_number")]),
        (tree(rule("probability", "=", True)), [("rules[0].value", "not_a_number")]),
        (tree(rule("probability", "=", "nan")), [("rules[0].value", "not_a_number")]),
        (
            tree(rule("probability", "<", 1e300)),
            [("rules[0].value", "number_out_of_range")],
        ),
        (
            tree(rule("probability", "<", float("inf"))),
            [("rules[0].value", "number_out_of_range")],
        ),
        (
            tree(rule("probability", "<", 10**5000)),
            [("rules[0].value", "number_out_of_range")],
        ),
        (
            tree(rule("probability", "<", 0.125)),
            [("rules[0].value", "number_too_precise")],
        ),
        (
            tree(rule("bounce_count", "<", 1.5)),
            [("rules[0].value", "number_too_precise")],
        ),
        (
            tree(rule("probability", "between", [2, 1])),
            [("rules[0].value", "reversed_range")],
        ),
        (
            tree(rule("probability", "between", [1])),
            [("rules[0].value", "not_a_pair")],
        ),
        (tree(rule("lost_at", ">=", "soon")), [("rules[0].value", "not_a_date")]),
        (tree(rule("lost_at", ">=", 20240101)), [("rules[0].value", "not_a_date")]),
        (tree(rule("lost_at", ">=", "2024-02-30")), [("rules[0].value", "not_a_date")]),
        (
            tree(rule("lost_at", ">=", "9999-01-01")),
            [("rules[0].value", "date_out_of_range")],
        ),
        (
            tree(rule("lost_at", "between", ["2024-01-02", "2024-01-01"])),
            [("rules[0].value", "reversed_range")],
        ),
        (
            tree(rule("lost_at", "in_last", "many days")),
            [("rules[0].value", "not_a_span")],
        ),
        (
            tree(rule("lost_at", "in_last", {"n": 1, "unit": "moons"})),
            [("rules[0].value", "not_a_span")],
        ),
        (
            tree(rule("lost_at", "in_last", {"n": 0, "unit": "days"})),
            [("rules[0].value", "span_out_of_range")],
        ),
        (
            tree(rule("lost_at", "in_last", {"n": 10**9, "unit": "years"})),
            [("rules[0].value", "span_out_of_range")],
        ),
        (
            tree(rule("lost_at", "in_period", "this_decade")),
            [("rules[0].value", "unknown_period")],
        ),
    ],
)
def test_faulty_tree_is_refused_with_the_place_of_the_fault(raw, expected):
    assert faults(raw) == expected


def test_every_fault_is_named_at_once():
    raw = tree(rule("nothing", "set"), tree(rule("title", "in", [1, "a", 2])))

    assert faults(raw) == [
        ("rules[0].field", "unknown_field"),
        ("rules[1].rules[0].value[0]", "not_a_text"),
        ("rules[1].rules[0].value[2]", "not_a_text"),
    ]


def test_tree_nested_ten_thousand_deep_is_refused():
    raw = rule("active", "set")
    for _ in range(10_000):
        raw = tree(raw)

    ((path, code),) = faults(raw)

    assert (path.count("rules[0]"), code) == (50, "too_deep")


def test_tree_nested_fifty_deep_is_read():
    raw = rule("active", "set")
    for _ in range(50):
        raw = tree(raw)

    assert leaves_out_archived(parse_tree(raw)) is False


def test_tree_of_too_many_rules_or_values_is_refused():
    many = [rule("active", "set")] * 501
    assert faults(tree(*many)) == [("rules[500]", "too_many_rules")]
    values = ["x"] * 5001
    assert faults(tree(rule("title", "in", values))) == [
        ("rules[0].value", "too_many_values")
    ]
    lists = [rule("title", "in", ["x"] * 5000)] * 3
    assert faults(tree(*lists)) == [("rules[2].value", "too_many_values")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_json"),
        ("{", "not_json"),
        (b"\xff\xfe\xfa", "not_json"),
        ('{"match": NaN}', "not_json"),
        ("9" * 5000, "not_json"),
        ("[" * 100_000, "too_deep"),
        ('{"match":"all","rules":[' * 10_000, "too_deep"),
        (" " * (4 * 2**20 + 1), "too_large"),
    ],
)
def test_document_that_is_no_json_is_refused(text, code):
    with pytest.raises(RuleTreeError) as refused:
        load_json(text)

    assert [one.code for one in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (rule("lost_at", "in_last", 90), {"n": 90, "unit": "days"}),
        (rule("lost_at", "in_last", "1 year"), {"n": 1, "unit": "years"}),
        (rule("lost_at", "in_last", [3, "weeks"]), {"n": 3, "unit": "weeks"}),
        (rule("probability", "=", "12.50"), "12.50"),
        (rule("probability", "=", 12.0), 12),
        (rule("probability", "=", 0.1), "0.10"),
        (rule("lost_at", ">=", "2024-01-31"), "2024-01-31"),
        (rule("lost_at", ">=", "2024-01-31T10:00Z"), "2024-01-31T10:00:00+00:00"),
        (rule("stage", "in", ["New", 3]), ["New", 3]),
    ],
)
def test_values_are_written_in_one_form(given, normal):
    assert to_json(parse_tree(tree(given)))["rules"][0]["value"] == normal


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("title", "set")], True),
        (
            [rule("title", "set"), tree(tree(rule("active", "set")), match="none")],
            False,
        ),
        ([tree(rule("status", "in", []))], False),
    ],
)
def test_archived_leads_are_left_out_unless_a_rule_names_them(rules, expected):
    assert leaves_out_archived(parse_tree(tree(*rules))) is expected


_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(sorted(FIELD_TYPES))
    | st.sampled_from(["=", "in", "between", "in_last", "all", "any", "none"])
)
_keys = st.sampled_from(["match", "rules", "field", "op", "value"]) | st.text(
    max_size=5
)
_anything = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4)
    ),
    max_leaves=20,
)
_any_rule = st.builds(
    rule,
    st.sampled_from(sorted(FIELD_TYPES)),
    st.sampled_from(sorted({op.value for ops in OPERATORS.values() for op in ops})),
    _anything,
)


@settings(max_examples=1500, deadline=None, suppress_health_check=[*HealthCheck])
@given(_anything | st.builds(tree, _any_rule, _any_rule))
def test_reading_anything_gives_a_tree_or_problems_with_words(raw):
    try:
        read = parse_tree(raw)
    except RuleTreeError as error:
        assert error.problems
        assert all(one.message for one in error.problems)
    else:
        assert parse_tree(json.loads(json.dumps(to_json(read)))) == read
