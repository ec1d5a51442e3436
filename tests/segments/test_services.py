"""Trees that are kept."""

from __future__ import annotations

import pytest
from tests.factories import NOW, UserFactory
from tests.segments.test_queries import SEED

from winback.segments.models import DefaultFilter, FavouriteFilter
from winback.segments.queries import default_filter, visible_favourites
from winback.segments.recipes import RECIPES, SEED_KEY, recipe_tree
from winback.segments.rules import RuleTreeError
from winback.segments.services import (
    FavouriteNameError,
    NotTheirFavouriteError,
    delete_favourite,
    load_favourite,
    resolve_tree,
    save_favourite,
    set_default_filter,
    share_favourite,
)

pytestmark = pytest.mark.django_db


def tree(*names):
    rule = {"field": "lost_reason", "op": "in", "value": list(names)}
    return {"match": "all", "rules": [rule]}


@pytest.fixture
def owner():
    return UserFactory()


@pytest.fixture
def favourite(owner, reasons):
    return save_favourite(
        "Stock", tree=tree("Not enough stock"), owner=owner, is_shared=False, now=NOW
    )


def test_resolve_tree_turns_names_into_ids(reasons):
    pk = reasons["Not enough stock"].pk

    assert resolve_tree(tree("Not enough stock"), user=None) == tree(pk)
    assert resolve_tree(tree(pk), user=None) == tree(pk)


def test_resolve_tree_knows_a_reason_by_its_translation(reasons):
    reason = reasons["Too expensive"]
    reason.name_translations = {"uk": "Задорого"}
    reason.save(update_fields=["name_translations"])

    assert resolve_tree(tree("Задорого"), user=None) == tree(reason.pk)


def test_resolve_tree_refuses_a_translation_of_two(reasons):
    for reason in [reasons["Too expensive"], reasons["Not enough stock"]]:
        reason.name_translations = {"uk": "Інше"}
        reason.save(update_fields=["name_translations"])

    with pytest.raises(RuleTreeError) as refused:
        resolve_tree(tree("Інше"), user=None)

    assert [p.code for p in refused.value.problems] == ["ambiguous_name"]


def test_resolve_tree_names_every_unknown_value(reasons):
    with pytest.raises(RuleTreeError) as refused:
        resolve_tree(tree("Not enough stock", "Nothing", 987654), user=None)

    assert [(p.path, p.code) for p in refused.value.problems] == [
        ("rules[0].value[1]", "unknown_record"),
        ("rules[0].value[2]", "record_gone"),
    ]


def test_resolve_tree_takes_codes_and_names_of_choices():
    names = {
        "match": "all",
        "rules": [
            {"field": "country", "op": "in", "value": ["ua", "Iran", "Польща"]},
            {"field": "language", "op": "=", "value": "Persian"},
            {
                "field": "language",
                "op": "in",
                "value": ["pt_BR", "УКРАЇНСЬКА"],
            },
            {"field": "status", "op": "in", "value": ["Lost", "open"]},
        ],
    }

    resolved = resolve_tree(names, user=None)

    assert [rule["value"] for rule in resolved["rules"]] == [
        ["UA", "IR", "PL"],
        "fa",
        ["pt", "uk"],
        ["lost", "open"],
    ]


def test_seed_recipe_is_the_one_that_the_documents_describe():
    assert recipe_tree(SEED_KEY) == SEED


def test_every_recipe_can_be_evaluated(reasons, stages):
    assert [resolve_tree(one.tree, user=None)["match"] for one in RECIPES] == [
        "all"
    ] * len(RECIPES)


def test_save_favourite_keeps_the_resolved_tree(favourite, reasons):
    assert favourite.tree == tree(reasons["Not enough stock"].pk)


def test_save_favourite_of_the_same_name_replaces_it(favourite, owner, reasons):
    again = save_favourite("  Stock ", tree={}, owner=owner, is_shared=True, now=NOW)

    assert (again.pk, again.tree) == (favourite.pk, {"match": "all", "rules": []})
    assert FavouriteFilter.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b"])
def test_save_favourite_without_a_fit_name_is_refused(owner, name):
    with pytest.raises(FavouriteNameError):
        save_favourite(name, tree={}, owner=owner, is_shared=False, now=NOW)

    assert FavouriteFilter.objects.count() == 0


def test_save_favourite_with_a_joiner_in_its_name_is_kept(owner):
    name = "از دست‌رفته"

    saved = save_favourite(name, tree={}, owner=owner, is_shared=False, now=NOW)

    assert saved.name == name


def test_private_favourite_is_hidden_from_others_until_shared(favourite, owner):
    other = UserFactory()
    assert list(visible_favourites(other)) == []
    with pytest.raises(NotTheirFavouriteError):
        load_favourite(favourite, by=other, now=NOW)

    share_favourite(favourite, is_shared=True, by=owner)

    assert list(visible_favourites(other)) == [favourite]
    assert load_favourite(favourite, by=other, now=NOW) == favourite.tree


def test_load_favourite_whose_reason_is_gone_is_refused(favourite, owner, reasons):
    reasons["Not enough stock"].delete()

    with pytest.raises(RuleTreeError):
        load_favourite(favourite, by=owner, now=NOW)


def test_favourite_of_somebody_else_cannot_be_changed(favourite):
    other = UserFactory()

    with pytest.raises(NotTheirFavouriteError):
        delete_favourite(favourite, by=other)
    with pytest.raises(NotTheirFavouriteError):
        share_favourite(favourite, is_shared=True, by=other)

    favourite.refresh_from_db()
    assert favourite.is_shared is False


def test_default_filter_is_each_persons_own(favourite, owner):
    other = UserFactory()
    set_default_filter(owner, favourite=favourite)

    assert default_filter(owner) == favourite
    assert default_filter(other) is None
    with pytest.raises(NotTheirFavouriteError):
        set_default_filter(other, favourite=favourite)
    set_default_filter(owner, favourite=None)
    assert default_filter(owner) is None


def test_default_filter_of_others_ends_when_it_is_private_again(favourite, owner):
    other = UserFactory()
    share_favourite(favourite, is_shared=True, by=owner)
    set_default_filter(owner, favourite=favourite)
    set_default_filter(other, favourite=favourite)

    share_favourite(favourite, is_shared=False, by=owner)

    assert list(DefaultFilter.objects.values_list("user_id", flat=True)) == [owner.pk]
