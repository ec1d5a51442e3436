"""Favourite filters on screen: saving, loading, sharing, the default, deleting."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories import LostReasonFactory, UserFactory

from winback.segments.models import DefaultFilter, FavouriteFilter

pytestmark = pytest.mark.django_db
TREE = {"match": "all", "rules": [{"field": "city", "op": "=", "value": "Kyiv"}]}


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def _favourite(owner, name="Kyiv", *, is_shared=False, tree=TREE):
    return FavouriteFilter.objects.create(
        name=name,
        tree=tree,
        owner=owner,
        is_shared=is_shared,
        created_at=timezone.now(),
    )


def _save(client, **body):
    return client.post(
        reverse("segments:filter-save"),
        json.dumps(body),
        content_type="application/json",
    )


def test_save_keeps_the_tree_under_the_name(client, user):
    response = _save(client, name=" Kyiv  shops ", is_shared=True, rules=TREE)

    favourite = FavouriteFilter.objects.get()
    assert response.json() == {"id": favourite.pk, "name": "Kyiv shops"}
    assert (favourite.owner, favourite.is_shared, favourite.tree) == (user, True, TREE)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "", "rules": TREE},
        {"name": "x" * 201, "rules": TREE},
        {"name": "Bad", "rules": {"match": "all", "rules": [{"field": "?"}]}},
        {"name": "Bad", "rules": "text"},
    ],
)
def test_save_of_a_bad_name_or_tree_says_why_and_keeps_nothing(client, user, body):
    response = _save(client, **body)

    assert response.status_code == 422
    assert response.json()["error"]
    assert FavouriteFilter.objects.count() == 0


def test_load_gives_a_copy_and_notes_the_use(client, user):
    favourite = _favourite(UserFactory(), is_shared=True)

    response = client.post(reverse("segments:filter-load", args=[favourite.pk]))

    assert response.json() == {"tree": TREE}
    favourite.refresh_from_db()
    assert favourite.used_at is not None


def test_load_of_a_filter_whose_reason_is_gone_says_so(client, user):
    tree = {
        "match": "all",
        "rules": [{"field": "lost_reason", "op": "in", "value": [987654]}],
    }
    favourite = _favourite(user, tree=tree)

    response = client.post(reverse("segments:filter-load", args=[favourite.pk]))

    assert response.status_code == 422
    assert "987654" in response.json()["error"]


@pytest.mark.parametrize("action", ["load", "default", "share", "delete"])
def test_a_private_filter_of_somebody_else_is_not_found_and_stays(client, user, action):
    foreign = _favourite(UserFactory())

    response = client.post(reverse(f"segments:filter-{action}", args=[foreign.pk]))

    assert response.status_code == 404
    foreign.refresh_from_db()
    assert (foreign.is_shared, foreign.used_at) == (False, None)
    assert DefaultFilter.objects.count() == 0


@pytest.mark.parametrize("action", ["share", "delete"])
def test_a_shared_filter_of_somebody_else_cannot_be_changed(client, user, action):
    foreign = _favourite(UserFactory(), is_shared=True)

    response = client.post(reverse(f"segments:filter-{action}", args=[foreign.pk]))

    assert response.status_code == 404
    foreign.refresh_from_db()
    assert foreign.is_shared


def test_share_default_and_delete_change_what_they_say(client, user):
    favourite = _favourite(user)

    def press(action):
        url = reverse(f"segments:filter-{action}", args=[favourite.pk])
        assert client.post(url).url == reverse("segments:filter-list")

    press("share")
    favourite.refresh_from_db()
    assert favourite.is_shared
    press("default")
    assert DefaultFilter.objects.get().filter == favourite
    press("default")
    assert DefaultFilter.objects.count() == 0
    press("delete")
    assert FavouriteFilter.objects.count() == 0


@pytest.mark.parametrize("action", ["load", "default", "share", "delete"])
def test_filter_addresses_refuse_the_wrong_method(client, user, action):
    favourite = _favourite(user)

    response = client.get(reverse(f"segments:filter-{action}", args=[favourite.pk]))

    assert response.status_code == 405
    assert FavouriteFilter.objects.count() == 1


def test_filter_list_shows_own_and_shared_ones_in_words(client, user):
    reason = LostReasonFactory(name="Not enough stock")
    tree = {
        "match": "all",
        "rules": [{"field": "lost_reason", "op": "in", "value": [reason.pk]}],
    }
    _favourite(user, "Mine", tree=tree)
    _favourite(UserFactory(), "Shared", is_shared=True)
    _favourite(UserFactory(), "Hidden")

    text = client.get(reverse("segments:filter-list")).content.decode()

    assert [name in text for name in ("Mine", "Shared", "Hidden")] == [
        True,
        True,
        False,
    ]
    assert "Lost reason is in “Not enough stock”" in text


def test_filter_list_without_filters_says_how_to_begin(client, user):
    text = client.get(reverse("segments:filter-list")).content.decode()

    assert "No filters yet" in text


@pytest.mark.parametrize("item_count", [1, 3])
def test_filter_list_takes_the_same_queries_for_any_number_of_rows(
    client, user, item_count, django_assert_num_queries
):
    reason = LostReasonFactory(name="Not enough stock")
    tree = {
        "match": "all",
        "rules": [{"field": "lost_reason", "op": "in", "value": [reason.pk]}],
    }
    for number in range(item_count):
        _favourite(user, f"Filter {number}", tree=tree)

    # session, user, filters, names of lost reasons, default
    with django_assert_num_queries(5):
        response = client.get(reverse("segments:filter-list"))

    assert len(response.context["rows"]) == item_count
