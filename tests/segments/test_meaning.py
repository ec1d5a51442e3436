"""What every operator means, said literally, one fact at a time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.factories import NOW, UserFactory
from tests.segments.conftest import group, lead, rule

from winback.crm.models import Tag
from winback.segments.queries import audience
from winback.segments.rules import RuleTreeError

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ unset values


@pytest.fixture
def with_and_without(reasons):
    lead("Stock", lost_reason=reasons["Not enough stock"])
    lead("Price", lost_reason=reasons["Too expensive"])
    lead("None")


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("=", "Not enough stock", ["Stock"]),
        ("!=", "Not enough stock", ["Price", "None"]),
        ("in", ["Not enough stock"], ["Stock"]),
        ("in", [], []),
        ("not_in", ["Not enough stock"], ["Price", "None"]),
        ("not_in", [], ["Stock", "Price", "None"]),
        ("contains", "STOCK", ["Stock"]),
        ("not_contains", "stock", ["Price", "None"]),
        ("contains", "", ["Stock", "Price"]),
        ("not_contains", "", ["None"]),
        ("contains", "e", ["Stock", "Price"]),
        ("contains", "no such reason", []),
        ("not_contains", "no such reason", ["Stock", "Price", "None"]),
        ("set", None, ["Stock", "Price"]),
        ("not_set", None, ["None"]),
    ],
)
def test_relation_that_may_be_unset(with_and_without, titles, op, value, expected):
    assert titles(rule("lost_reason", op, value)) == expected


def test_contains_finds_archived_records_and_translated_names(
    with_and_without, titles, reasons
):
    reason = reasons["Not enough stock"]
    reason.archived_at = NOW
    reason.name_translations = {"uk": "Немає на складі"}
    reason.save()

    assert titles(rule("lost_reason", "contains", "stock")) == ["Stock"]
    assert titles(rule("lost_reason", "contains", "НА СКЛАДІ")) == ["Stock"]


def test_contains_does_not_take_its_text_for_a_pattern(with_and_without, titles):
    assert titles(rule("lost_reason", "contains", "%stock")) == []
    assert titles(rule("lost_reason", "contains", "n_t")) == []


def test_text_that_is_empty_is_unset(titles):
    lead("Kyiv", city="Kyiv")
    lead("Nowhere", city="")

    assert titles(rule("city", "set")) == ["Kyiv"]
    assert titles(rule("city", "not_set")) == ["Nowhere"]
    assert titles(rule("city", "!=", "Kyiv")) == ["Nowhere"]
    assert titles(rule("city", "not_in", ["Kyiv"])) == ["Nowhere"]
    assert titles(rule("city", "not_contains", "k")) == ["Nowhere"]
    assert titles(rule("city", "contains", "")) == ["Kyiv", "Nowhere"]
    assert titles(rule("city", "not_contains", "")) == []


def test_numbers_that_are_unset_match_only_denials(titles):
    lead("Zero", expected_revenue=Decimal(0))
    lead("Ten", expected_revenue=Decimal(10))
    lead("Unset", expected_revenue=None)

    assert titles(rule("expected_revenue", "<", 5)) == ["Zero"]
    assert titles(rule("expected_revenue", "<=", 10)) == ["Zero", "Ten"]
    assert titles(rule("expected_revenue", ">", 0)) == ["Ten"]
    assert titles(rule("expected_revenue", ">=", 0)) == ["Zero", "Ten"]
    assert titles(rule("expected_revenue", "=", 0)) == ["Zero"]
    assert titles(rule("expected_revenue", "!=", 0)) == ["Ten", "Unset"]
    assert titles(rule("expected_revenue", "between", [0, 10])) == ["Zero", "Ten"]
    assert titles(rule("expected_revenue", "set")) == ["Zero", "Ten"]
    assert titles(rule("expected_revenue", "not_set")) == ["Unset"]


def test_numbers_are_compared_to_the_cent(titles):
    lead("Cent", expected_revenue=Decimal("0.10"))

    assert titles(rule("expected_revenue", "=", 0.1)) == ["Cent"]
    assert titles(rule("expected_revenue", ">", "0.09")) == ["Cent"]
    assert titles(rule("expected_revenue", ">", "0.10")) == []
    assert titles(rule("probability", "<", 999999)) == ["Cent"]


def test_dates_that_are_unset_match_only_denials(titles):
    lead("Mailed", last_mailed_at=NOW - timedelta(days=1))
    lead("Never")

    assert titles(rule("last_mailed_at", "<=", "2030-01-01")) == ["Mailed"]
    assert titles(rule("last_mailed_at", "in_last", "2 days")) == ["Mailed"]
    assert titles(rule("last_mailed_at", "not_in_last", "2 days")) == ["Never"]
    assert titles(rule("last_mailed_at", "not_in_last", "1 hour")) == [
        "Mailed",
        "Never",
    ]


def test_tags_match_when_at_least_one_does_and_denials_when_none_does(titles):
    vip, old = (Tag.objects.create(name=name) for name in ("VIP", "Old"))
    lead("Both").tags.set([vip, old])
    lead("One").tags.set([old])
    lead("None")

    assert titles(rule("tags", "in", ["VIP", "Old"])) == ["Both", "One"]
    assert titles(rule("tags", "=", "VIP")) == ["Both"]
    assert titles(rule("tags", "!=", "VIP")) == ["One", "None"]
    assert titles(rule("tags", "not_in", ["VIP"])) == ["One", "None"]
    assert titles(rule("tags", "contains", "vi")) == ["Both"]
    assert titles(rule("tags", "not_contains", "vi")) == ["One", "None"]
    assert titles(rule("tags", "contains", "")) == ["Both", "One"]
    assert titles(rule("tags", "set")) == ["Both", "One"]
    assert titles(rule("tags", "not_set")) == ["None"]


# -------------------------------------------------------------------------- text


@pytest.mark.parametrize(
    ("stored", "op", "value", "holds"),
    [
        ("Петро", "contains", "ПЕТ", True),
        ("Straße 5", "contains", "STRASSE", True),
        ("علي كريم", "contains", "علی", True),
        ("علي كريم", "=", "علی کریم", True),
        ("پلاک ۱۲۳", "contains", "123", True),
        ("پلاک ۱۲۳", "=", "پلاک ١٢٣", True),
        ("Anna", "=", "anna", False),
        ("Anna", "!=", "anna", True),
        ("Anna", "in", ["anna", "Anna"], True),
        ("Anna", "starts_with", "an", True),
        ("Anna", "ends_with", "NA", True),
        ("Anna", "starts_with", "na", False),
        ("50% off", "contains", "0% o", True),
        ("500 off", "contains", "0% o", False),
        ("a_b", "contains", "a_b", True),
        ("axb", "contains", "a_b", False),
        ("a\\b", "contains", "\\", True),
        ("ab", "contains", "\\", False),
        ("a\\%b", "contains", "\\%", True),
        ("it's", "contains", "'", True),
    ],
)
def test_text_comparison(titles, stored, op, value, holds):
    lead("Lead", company=stored)

    assert titles(rule("company", op, value)) == (["Lead"] if holds else [])


# ---------------------------------------------------------------------- archived


def test_archived_leads_come_in_when_a_rule_anywhere_names_active_or_status(titles):
    lead("Open")
    lead("Archived", active=False)
    lead("Lost", status="lost")
    everywhere = group(
        "none", group("all", rule("active", "not_set"), rule("tags", "set"))
    )

    assert titles() == ["Open"]
    assert titles(rule("title", "set")) == ["Open"]
    assert titles(everywhere) == ["Open", "Archived", "Lost"]
    assert titles(rule("status", "in", ["open", "lost"])) == [
        "Open",
        "Archived",
        "Lost",
    ]
    assert titles(group("any", rule("active", "set"), rule("active", "not_set"))) == [
        "Open",
        "Archived",
        "Lost",
    ]
    assert titles(rule("active", "not_set")) == ["Archived", "Lost"]


def test_blacklisted_not_set_includes_leads_without_an_address(titles):
    lead("Mute", email="")
    lead("Refused", blacklisted=True)

    assert titles(rule("blacklisted", "not_set")) == ["Mute"]


# -------------------------------------------------------------------------- tree


def test_connectors_nest(titles):
    for city in ("Kyiv", "Lviv", "Odesa"):
        lead(city, city=city)
    kyiv, lviv = (rule("city", "=", city) for city in ("Kyiv", "Lviv"))

    assert titles(kyiv, lviv, match="any") == ["Kyiv", "Lviv"]
    assert titles(kyiv, lviv, match="none") == ["Odesa"]
    assert titles(kyiv, lviv) == []
    assert titles(group("none", kyiv), group("none", lviv)) == ["Odesa"]
    assert titles(group("none", group("none", kyiv))) == ["Kyiv"]


def test_deleted_reason_is_refused_and_never_matches_nothing(reasons):
    pk = reasons["Not enough stock"].pk
    tree = group("all", rule("lost_reason", "not_in", [pk]))
    reasons["Not enough stock"].delete()

    with pytest.raises(RuleTreeError) as refused:
        audience(tree, user=None, now=NOW)

    assert [(p.path, p.code) for p in refused.value.problems] == [
        ("rules[0].value[0]", "record_gone")
    ]
    assert str(refused.value) == (
        f"rules[0].value[0]: What was chosen here (number {pk}) is not there any more."
    )


def test_archived_reason_goes_on_matching(reasons, titles):
    lead("Dear", lost_reason=reasons["Too expensive"])
    reasons["Too expensive"].archived_at = NOW
    reasons["Too expensive"].save()

    for key in (reasons["Too expensive"].pk, "Too expensive"):
        assert titles(rule("lost_reason", "in", [key])) == ["Dear"]


def test_owner_is_found_by_address_full_name_or_id(titles):
    owner = UserFactory(email="o@x.org", first_name="Олена", last_name="Коваль")
    lead("Owned", owner=owner)

    for key in ("o@x.org", "Олена Коваль", owner.pk):
        assert titles(rule("owner", "=", key)) == ["Owned"]
    assert titles(rule("owner", "contains", "коваль")) == ["Owned"]


def test_codes_are_found_by_name_in_any_of_our_languages(titles):
    lead("Ukraine", country="UA", language="uk")
    lead("Nowhere")

    assert titles(rule("country", "contains", "україн")) == ["Ukraine"]
    assert titles(rule("country", "not_contains", "ukr")) == ["Nowhere"]
    assert titles(rule("country", "=", "Ukraine")) == ["Ukraine"]
    assert titles(rule("language", "!=", "uk")) == ["Nowhere"]
    assert titles(rule("status", "contains", "ope")) == ["Ukraine", "Nowhere"]


def test_the_biggest_tree_that_is_read_can_be_evaluated(titles):
    lead("Lead", company="7")
    texts = [str(number) for number in range(19)]
    rules = [rule("company", "not_in", texts[8:])] * 497
    nested = rule("company", "in", texts)
    for _ in range(48):
        nested = group("all", nested)

    assert titles(nested, *rules[:450]) == ["Lead"]
    assert titles(nested, *rules[:450], match="any") == ["Lead"]
