"""``winback audience`` as a person or a script calls it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from tests.factories import UserFactory
from tests.segments.conftest import lead
from winback.accounts.rules import Role
from winback.crm.models import LostReason
from winback.web.cli import main

pytestmark = pytest.mark.django_db
LOST = {
    "match": "all",
    "rules": [{"field": "lost_reason", "op": "in", "value": ["Not enough stock"]}],
}


@pytest.fixture
def run(tmp_path):
    def run(action, rules, *options, expect=0):
        text = rules if isinstance(rules, str) else json.dumps(rules)
        path = tmp_path / "rules.json"
        path.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(main, ["audience", action, str(path), *options])
        assert result.exit_code == expect, result.output
        return result

    return run


@pytest.fixture
def leads(db):
    reason = LostReason.objects.get_or_create(name="Not enough stock")[0]
    common = {"status": "lost", "lost_reason": reason}
    lead("Anna", **common, language="uk", created_at=datetime(2025, 1, 2, tzinfo=UTC))
    lead("Twin", **common | {"email": "anna@example.org"})
    lead("Mute", **common | {"email": ""})
    lead("Open")


def test_count_prints_the_waterfall_as_json(run, leads):
    everybody = {
        **LOST,
        "rules": [
            *LOST["rules"],
            {
                "match": "any",
                "rules": [
                    {"field": "active", "op": "set"},
                    {"field": "active", "op": "not_set"},
                ],
            },
        ],
    }

    result = run("count", everybody, "--json")

    assert json.loads(result.stdout) == {
        "matched": 3,
        "left_out": {
            "no_address": 1,
            "invalid_address": 0,
            "duplicate": 1,
            "blacklisted": 0,
            "opted_out": 0,
            "paused": 0,
            "fewer_mails": 0,
            "recently_mailed": 0,
        },
        "will_be_mailed": 1,
    }


def test_count_reads_odoo_notation_and_prints_a_table(run, leads):
    domain = '[("active", "=", False), ("lost_reason_id.name", "ilike", "stock")]'

    result = run("count", domain)

    lines = [line.rsplit(maxsplit=1) for line in result.stdout.splitlines()]
    assert lines[0] == ["Matched", "3"]
    assert ["  Same address as another lead", "-1"] in lines
    assert lines[-1] == ["Will be mailed", "1"]


def test_count_reads_standard_input(leads):
    result = CliRunner().invoke(
        main, ["audience", "count", "-", "--json"], input='{"match":"all","rules":[]}'
    )

    assert json.loads(result.stdout)["matched"] == 1


def test_count_as_a_sales_person_counts_their_own(run, leads):
    UserFactory(email="seller@winback.example", role=Role.SALES_USER.value)

    result = run("count", {}, "--as", "seller@winback.example", "--json")

    assert json.loads(result.stdout)["matched"] == 0


def test_faulty_rules_exit_with_2_and_the_place_as_json(run, leads):
    faulty = {
        "match": "all",
        "rules": [{"field": "stage", "op": "in", "value": ["Nowhere"]}],
    }

    result = run("count", faulty, "--json", expect=2)

    assert json.loads(result.stdout) == {
        "error": "rules",
        "problems": [
            {
                "path": "rules[0].value[0]",
                "code": "unknown_record",
                "message": "There is no “Nowhere” among the values of this field.",
            }
        ],
    }


def test_faulty_rules_are_told_in_words(run, leads):
    result = run("list", {"match": "all", "rules": [{"field": "x"}]}, expect=2)

    assert "rules[0].field: There is no field “x”." in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("text", ["", "{", "[" * 50_000, "\x00"])
def test_file_that_holds_no_rules_exits_with_2(run, text):
    result = run("count", text, "--json", expect=2)

    assert json.loads(result.stdout)["error"] == "rules"


def test_missing_file_and_unknown_person_exit_with_2(run, tmp_path):
    missing = CliRunner().invoke(main, ["audience", "count", str(tmp_path / "no")])
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    run("count", {}, "--as", "nobody@winback.example", expect=2)
    run("list", {}, "--fields", "title,secret", expect=2)


def test_list_prints_the_asked_fields_of_each_lead(run, leads):
    domain = "[('won_status', '=', 'lost')]"
    fields = "title,language,lost_reason,tags,created_at,owner"

    result = run("list", domain, "--fields", fields, "--json", "--limit", "1")

    assert json.loads(result.stdout) == {
        "leads": [
            {
                "title": "Anna",
                "language": "uk",
                "lost_reason": "Not enough stock",
                "tags": [],
                "created_at": "2025-01-02T00:00:00+00:00",
                "owner": None,
            }
        ],
        "count": 1,
    }


def test_list_prints_a_table_with_a_heading(run, leads):
    result = run("list", {}, "--fields", "title,status")

    assert result.stdout.splitlines() == ["title\tstatus", "Open\topen"]


def test_explain_says_the_rules_in_words_and_warns(run, leads):
    result = run("explain", LOST, "--json")

    answer = json.loads(result.stdout)
    assert answer["words"] == (
        "All of these hold: Lost reason is in “Not enough stock”."
    )
    assert answer["leaves_out_archived"] is True
    assert (answer["matched"], answer["will_be_mailed"]) == (0, 0)
    assert [one["code"] for one in answer["cautions"]] == ["archived_left_out"]
    assert answer["tree"] == LOST


def test_explain_prints_words_figures_and_warnings(run, leads):
    result = run("explain", LOST)

    assert "Archived leads are left out" in result.stdout
    assert "! 3 archived leads are left out." in result.stdout
