"""Laws that hold for every tree: SQL means what plain Python says, sums add up."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW
from tests.segments import nasty

from winback.consent.models import OptOut, Topic
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.segments.evaluate import Evaluator
from winback.segments.fields import BEHAVIOURS, FIELDS, register_behaviour
from winback.segments.known import read_known
from winback.segments.queries import audience, circumstances
from winback.segments.resolving import name_values, resolve_names
from winback.segments.rules import DENIES, FIELD_TYPES, parse_tree, to_json
from winback.segments.waterfall import (
    REASONS,
    Reach,
    people,
    planned_rows_sql,
    waterfall,
)

LAW = settings(
    max_examples=1500,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    database=None,
)
FEWER = settings(LAW, max_examples=300)


@pytest.fixture
def behaviour():
    register_behaviour(nasty.BEHAVIOUR)
    yield
    for registry in (BEHAVIOURS, FIELDS, FIELD_TYPES):
        del registry[nasty.BEHAVIOUR.name]


@pytest.fixture
def ids(db, behaviour):
    installation = Installation.current()
    installation.time_zone = str(nasty.ZONE)
    installation.save(update_fields=["time_zone"])
    ids = nasty.related_ids()
    nasty.make_leads(ids)
    return ids


def in_sql(tree):
    return {*audience(tree, user=None, now=NOW).values_list("pk", flat=True)}


def with_archived(*rules, match="all"):
    """A tree in which archived leads stand beside the others."""
    both = [{"field": "active", "op": "set"}, {"field": "active", "op": "not_set"}]
    inner = {"match": match, "rules": list(rules)}
    return {"match": "all", "rules": [inner, {"match": "any", "rules": both}]}


def test_sql_finds_the_people_that_plain_evaluation_finds(ids):
    leads = nasty.loaded_leads()

    @LAW
    @given(nasty.trees(ids))
    def law(raw):
        tree = resolve_names(parse_tree(raw))
        evaluator = Evaluator(circumstances(read_known(tree), now=NOW))
        assert in_sql(raw) == {one.pk for one in leads if evaluator.matches(tree, one)}

    law()


def test_single_rules_in_sql_are_those_of_plain_evaluation(ids):
    leads = nasty.loaded_leads()

    @LAW
    @given(nasty.rules(ids), st.sampled_from(["all", "none"]))
    def law(rule, match):
        raw = with_archived(rule, match=match)
        tree = resolve_names(parse_tree(raw))
        evaluator = Evaluator(circumstances(read_known(tree), now=NOW))
        assert in_sql(raw) == {one.pk for one in leads if evaluator.matches(tree, one)}

    law()


def test_none_of_is_the_complement_of_any_of(ids):
    everybody = {*Lead.objects.values_list("pk", flat=True)}

    @FEWER
    @given(st.lists(nasty.trees(ids) | nasty.rules(ids), min_size=1, max_size=3))
    def law(children):
        # Beside an empty group nothing is left to deny.
        if not parse_tree({"match": "any", "rules": children}).rules:
            return
        some = in_sql(with_archived(*children, match="any"))
        assert in_sql(with_archived(*children, match="none")) == everybody - some

    law()


def test_negative_operators_are_complements_of_positive_ones(ids):
    everybody = {*Lead.objects.values_list("pk", flat=True)}
    negative = {op.value: positive.value for op, positive in DENIES.items()}

    @FEWER
    @given(nasty.rules(ids).filter(lambda rule: rule["op"] in negative))
    def law(rule):
        positive = rule | {"op": negative[rule["op"]]}
        if rule["field"].startswith("mailing_") and "value" not in rule:
            return
        found = in_sql(with_archived(positive))
        assert in_sql(with_archived(rule)) == everybody - found

    law()


def test_reading_writing_and_naming_keep_a_tree_as_it_is(ids):
    @FEWER
    @given(nasty.trees(ids))
    def law(raw):
        tree = parse_tree(raw)
        assert parse_tree(to_json(tree)) == tree
        resolved = resolve_names(tree)
        assert resolve_names(resolved) == resolved
        if not any(rule in str(raw) for rule in ("mailing_tested",)):
            assert resolve_names(name_values(resolved)) == resolved

    law()


def test_waterfall_adds_up_and_is_the_people_behind_it(ids):
    topic = Topic.objects.get(is_default=True)
    OptOut.objects.create(address="a@x.org", topic=topic, created_at=NOW)
    OptOut.objects.create(address="c7@x.org", topic=topic, created_at=NOW)

    def planned(reach):
        sql, params = planned_rows_sql(reach)
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return [(row[0], row[1], row[3]) for row in cursor.fetchall()]

    @FEWER
    @given(nasty.trees(ids), st.sampled_from(["", *REASONS]))
    def law(raw, reason):
        reach = Reach(
            tree=raw, user=None, topic_id=topic.pk, frequency_cap_days=7, now=NOW
        )
        figures = waterfall(reach)
        rows = planned(reach)
        addresses = [address for _pk, address, reason in rows if not reason]

        assert figures.matched == len(rows) == len(in_sql(raw))
        assert figures.matched == figures.will_be_mailed + sum(
            figures.left_out.values()
        )
        assert len(addresses) == len({*addresses}) == figures.will_be_mailed
        expected = {pk for pk, _address, why in rows if why == reason}
        assert {one.pk for one in people(reach, reason=reason)} == expected
        assert len(expected) == figures.left_out.get(reason, figures.will_be_mailed)

    law()
