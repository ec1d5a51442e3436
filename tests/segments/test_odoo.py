"""Odoo's notation in and out."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import NOW
from tests.segments import nasty

from winback.core.models import Installation
from winback.segments.odoo import export_domain, parse_domain, read_rules
from winback.segments.queries import audience
from winback.segments.resolving import resolve_names
from winback.segments.rules import RuleTreeError, parse_tree


def rule(field, op, value=None):
    plain = {"field": field, "op": op}
    return plain if value is None else {**plain, "value": value}


def tree(*rules, match="all"):
    return {"match": match, "rules": list(rules)}


RECIPE = """["&", "&", "&", "&", ("is_blacklisted", "=", False),
  ("create_date", ">=", "2024-01-01 00:00:00"),
  ("stage_id.name", "not in", ["New", "Qualified", "Won"]),
  ("lost_reason_id", "ilike", "stock"),
  "|", ("active", "=", True), ("active", "=", False)]"""


def test_recipe_as_odoo_writes_it_becomes_the_recipe_here():
    assert parse_domain(RECIPE) == tree(
        rule("blacklisted", "not_set"),
        rule("created_at", ">=", "2024-01-01T00:00:00+00:00"),
        rule("stage", "not_in", ["New", "Qualified", "Won"]),
        rule("lost_reason", "contains", "stock"),
        tree(rule("active", "set"), rule("active", "not_set"), match="any"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[]", []),
        ("[('name', '=', 'A'), ('city', '!=', 'B')]", ["title = A", "city != B"]),
        ("[('email_from', '=', False)]", ["email not_set"]),
        ("[('email_from', '!=', None)]", ["email set"]),
        ("[('active', 'in', [True])]", ["active set"]),
        ("[('active', '!=', True)]", ["active not_set"]),
        ("[('stage_id', '=', 3)]", ["stage = 3"]),
        ("[('stage_id', 'in', [3, 4])]", ["stage in [3, 4]"]),
        ("[('tag_ids.name', 'in', ['VIP'])]", ["tags in ['VIP']"]),
        ("[('user_id.login', '=', 'a@x.org')]", ["owner = a@x.org"]),
        ("[('country_id.code', 'in', ['UA'])]", ["country in ['UA']"]),
        ("[('lang_id.code', '=', 'uk_UA')]", ["language = uk"]),
        ("[('won_status', 'in', ['pending', 'lost'])]", ["status in ['open', 'lost']"]),
        ("[('partner_name', '=ilike', 'Ab%')]", ["company starts_with Ab"]),
        ("[('partner_name', '=like', '%Ab')]", ["company ends_with Ab"]),
        ("[('partner_name', '=like', '%Ab%')]", ["company contains Ab"]),
        ("[('partner_name', '=like', 'Ab')]", ["company = Ab"]),
        (r"[('name', '=like', '5\\% \\\\%')]", ["title starts_with 5% \\"]),
        ("[('name', 'not ilike', '50%')]", ["title not_contains 50%"]),
        ("[('probability', '<=', 12.5)]", ["probability <= 12.5"]),
        ("[('expected_revenue', '=', False)]", ["expected_revenue not_set"]),
        ("[('message_bounce', '>', -1)]", ["bounce_count > -1"]),
        ("[('date_closed', '<', '2024-05-01')]", ["lost_at < 2024-05-01"]),
        ("[(1, '=', 1)]", ["tags not_in []"]),
        ("[(0, '=', 1)]", ["tags in []"]),
        ("[['name', '==', \"O'Neil\"],]", ["title = O'Neil"]),
        ('[["active", "=", true]]', ["active set"]),
        (r"[('name', '=', '\u06a9\n')]", ["title = ک\n"]),
    ],
)
def test_terms_become_rules(text, expected):
    read = parse_domain(text)

    words = [" ".join(str(part) for part in one.values()) for one in read["rules"]]
    assert (read["match"], words) == ("all", expected)
    parse_tree(read)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "['|', '|', ('name','=','a'), ('name','=','b'), ('name','=','c')]",
            tree(*(rule("title", "=", one) for one in "abc"), match="any"),
        ),
        (
            "['!', '|', ('name','=','a'), ('name','=','b')]",
            tree(rule("title", "=", "a"), rule("title", "=", "b"), match="none"),
        ),
        (
            "['!', ('name','=','a')]",
            tree(rule("title", "=", "a"), match="none"),
        ),
        (
            "[('lost_reason_id', 'in', [4, False])]",
            tree(
                rule("lost_reason", "in", [4]),
                rule("lost_reason", "not_set"),
                match="any",
            ),
        ),
        (
            "[('lost_reason_id', 'not in', [4, False])]",
            tree(rule("lost_reason", "not_in", [4]), rule("lost_reason", "set")),
        ),
        (
            "[('active', 'in', [True, False])]",
            tree(rule("active", "set"), rule("active", "not_set"), match="any"),
        ),
        (
            "[('probability', 'in', [0, 10])]",
            tree(
                rule("probability", "=", 0), rule("probability", "=", 10), match="any"
            ),
        ),
        (
            "[('create_date', '=', '2024-01-01')]",
            tree(rule("created_at", "between", ["2024-01-01", "2024-01-01"])),
        ),
    ],
)
def test_connectors_and_lists_become_groups(text, expected):
    assert parse_domain(text) == expected


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("", "", "odoo_syntax"),
        ("[", "", "odoo_syntax"),
        ("[] []", "", "odoo_syntax"),
        ("('name', '=', 'a')", "[2]", "odoo_syntax"),
        ("['name']", "[0]", "odoo_syntax"),
        ("[('name', '=')]", "[0]", "odoo_syntax"),
        ("['&', ('name', '=', 'a')]", "[0]", "odoo_connectors"),
        ("['!']", "[0]", "odoo_connectors"),
        ("[('partner_id.name', '=', 'a')]", "[0][0]", "odoo_field"),
        ("[('stage_id', 'child_of', 3)]", "[0]", "odoo_operator"),
        ("[('name', '=', 3)]", "[0]", "odoo_value"),
        ("[('name', '=like', 'a%b')]", "[0]", "odoo_value"),
        ("[('country_id', 'in', [230])]", "[0]", "odoo_value"),
        ("[('create_date', '>', 'today -30d')]", "[0]", "odoo_value"),
        ("[('create_date', '>', context_today())]", "", "odoo_expression"),
        ("[('user_id', '=', uid)]", "", "odoo_expression"),
        ("__import__('os').system('id')", "", "odoo_expression"),
        ("[('name', '=', 'a' + 'b')]", "", "odoo_syntax"),
        ("[" * 100_000, "", "too_deep"),
        ("[" + "('name','=','a')," * 2001 + "]", "", "too_many_rules"),
        ("[('name', '=', '" + "x" * 2**20 + "')]", "", "too_large"),
    ],
)
def test_what_cannot_be_said_here_is_refused_with_its_place(text, path, code):
    with pytest.raises(RuleTreeError) as refused:
        parse_domain(text)

    assert [(one.path, one.code) for one in refused.value.problems] == [(path, code)]


def test_nul_in_a_domain_is_refused_when_the_tree_is_read():
    with pytest.raises(RuleTreeError):
        parse_tree(parse_domain(r"[('name', '=', 'a\x00b')]"))


def test_thousands_of_connectors_are_read_without_recursion():
    chain = "[" + "'|'," * 900 + "('name','=','a')," * 901 + "]"

    assert len(parse_domain(chain)["rules"]) == 901


def test_read_rules_tells_the_two_notations_apart():
    assert read_rules(b'\xef\xbb\xbf {"match": "all", "rules": []}') == tree()
    assert read_rules(b" [('active', '=', True)]") == tree(rule("active", "set"))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (tree(), "[]"),
        (
            tree(rule("active", "set"), rule("title", "contains", "a'b")),
            """['&', ('active', '=', True), ('name', 'ilike', "a'b")]""",
        ),
        (
            tree(rule("city", "starts_with", "5%"), match="none"),
            r"""['!', ('city', '=ilike', '5\\%%')]""",
        ),
        (
            tree(rule("stage", "in", [3, "New"])),
            "['|', ('stage_id', 'in', [3]), ('stage_id.name', 'in', ['New'])]",
        ),
        (
            tree(rule("lost_at", ">=", "2024-05-01T10:00:00+03:00")),
            "[('date_closed', '>=', '2024-05-01 07:00:00')]",
        ),
        (
            tree(rule("status", "=", "open")),
            "[('won_status', '=', 'pending')]",
        ),
    ],
)
def test_trees_are_written_as_domains(raw, expected):
    assert export_domain(parse_tree(raw)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        rule("lost_at", "in_last", 30),
        rule("lost_at", "in_period", "this_month"),
        rule("last_engaged_at", "set"),
        rule("external_id", "set"),
        rule("product", "set"),
        rule("status", "contains", "los"),
    ],
)
def test_rules_without_a_counterpart_are_not_exported(raw):
    with pytest.raises(RuleTreeError) as refused:
        export_domain(parse_tree(tree(rule("active", "set"), raw)))

    assert [(one.path, one.code) for one in refused.value.problems] == [
        ("rules[1]", "not_in_odoo")
    ]


LAW = settings(
    max_examples=600, deadline=None, suppress_health_check=[*HealthCheck], database=None
)


@pytest.mark.django_db
def test_tree_written_and_read_again_finds_the_same_people():
    installation = Installation.current()
    installation.time_zone = str(nasty.ZONE)
    installation.save(update_fields=["time_zone"])
    ids = nasty.related_ids()
    nasty.make_leads(ids)
    found = []

    def people(raw):
        leads = audience(raw, user=None, now=NOW)
        return [*leads.order_by("pk").values_list("pk", flat=True)]

    @LAW
    @given(nasty.trees(ids))
    def law(raw):
        resolved = resolve_names(parse_tree(raw))
        try:
            domain = export_domain(resolved, zone=nasty.ZONE)
        except RuleTreeError as error:
            assert {one.code for one in error.problems} == {"not_in_odoo"}
            return
        assert people(parse_domain(domain)) == people(raw)
        found.append(domain)

    law()
    assert len(found) > 100


@settings(max_examples=1000, deadline=None)
@given(
    st.text(alphabet="[]()'\"\\,&|! =1nameTruex.%\n", max_size=60)
    | st.text(max_size=30)
)
def test_any_text_is_read_or_refused(text):
    try:
        parse_domain(text)
    except RuleTreeError as error:
        assert all(one.message for one in error.problems)
