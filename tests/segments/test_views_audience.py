"""The audience page, its live count, the people behind each figure."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories import LeadFactory, LostReasonFactory, UserFactory

from winback.accounts.rules import Role
from winback.consent.models import BlacklistReason, Topic
from winback.consent.services import blacklist_address, opt_out
from winback.segments.links import pack_tree, unpack_tree
from winback.segments.models import DefaultFilter, FavouriteFilter
from winback.segments.rules import RuleTreeError

pytestmark = pytest.mark.django_db
CITY_KYIV = {"match": "all", "rules": [{"field": "city", "op": "=", "value": "Kyiv"}]}


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def lead(title, **fields):
    return LeadFactory(
        title=title, **{"email": f"{title.lower()}@example.org", **fields}
    )


def _count(client, rules, **more):
    return client.post(
        reverse("segments:audience-count"),
        json.dumps({"rules": rules, **more}),
        content_type="application/json",
    )


def _rule(field, op, value=None):
    rule = {"field": field, "op": op}
    return {
        "match": "all",
        "rules": [rule if value is None else {**rule, "value": value}],
    }


# ------------------------------------------------------------------ the page


def test_audience_page_shows_the_default_filter_of_the_person(client, user):
    favourite = FavouriteFilter.objects.create(
        name="Kyiv", tree=CITY_KYIV, owner=user, created_at=timezone.now()
    )
    DefaultFilter.objects.create(user=user, filter=favourite)

    response = client.get(reverse("segments:audience"))

    assert response.status_code == 200
    assert json.loads(response.context["builder"]["tree_json"]) == CITY_KYIV


def test_audience_page_takes_a_packed_tree_a_recipe_and_a_filter(client, user):
    stock = LostReasonFactory(name="Not enough stock")
    favourite = FavouriteFilter.objects.create(
        name="Kyiv", tree=CITY_KYIV, owner=user, created_at=timezone.now()
    )

    def tree(query):
        response = client.get(reverse("segments:audience"), query)
        return json.loads(response.context["builder"]["tree_json"])

    assert tree({"r": pack_tree(CITY_KYIV)}) == CITY_KYIV
    assert tree({"filter": favourite.pk}) == CITY_KYIV
    recipe = tree({"recipe": "not_enough_stock"})
    assert recipe["rules"][2] == {
        "field": "lost_reason",
        "op": "in",
        "value": [stock.pk],
    }


def test_audience_page_of_an_unknown_recipe_or_foreign_filter_is_not_found(
    client, user
):
    foreign = FavouriteFilter.objects.create(
        name="Theirs", tree=CITY_KYIV, owner=UserFactory(), created_at=timezone.now()
    )
    url = reverse("segments:audience")

    statuses = [
        client.get(url, query).status_code
        for query in ({"recipe": "?"}, {"filter": foreign.pk}, {"filter": "x"})
    ]

    assert statuses == [404, 404, 404]


def test_audience_page_says_what_is_wrong_with_a_broken_address(client, user):
    response = client.get(reverse("segments:audience"), {"r": "%%%"})

    assert response.status_code == 200
    assert "not readable JSON" in response.content.decode()


def test_audience_page_carries_every_field_operator_and_value(client, user):
    registry = client.get(reverse("segments:audience")).context["builder"]["registry"]

    assert registry["fields"]["lost_at"]["label"] == "Lost on"
    statuses = [one["value"] for one in registry["fields"]["status"]["choices"]]
    assert statuses == ["open", "won", "lost"]
    stages = [one["label"] for one in registry["fields"]["stage"]["choices"]]
    assert stages == ["New", "Qualified", "Proposition", "Won"]
    assert [one["value"] for one in registry["operators"]["boolean"]] == [
        "set",
        "not_set",
    ]
    assert {field["group"] for field in registry["fields"].values()} == set(
        registry["groups"]
    )


def test_audience_page_needs_a_login(client):
    response = client.get(reverse("segments:audience"))

    assert response.status_code == 302
    assert response.url.startswith("/login")


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("audience", "post"),
        ("audience-people", "post"),
        ("audience-export", "post"),
        ("audience-count", "get"),
        ("notation", "get"),
    ],
)
def test_audience_addresses_refuse_the_wrong_method(client, user, name, method):
    assert getattr(client, method)(reverse(f"segments:{name}")).status_code == 405


# ----------------------------------------------------------------- the count


def test_count_gives_figures_whose_links_open_as_many_people(client, user):
    now = timezone.now()
    lead("Ann", city="Kyiv")
    lead("Twin", city="Kyiv", email="Ann <ANN@example.org>")
    lead("Nobody", city="Kyiv", email="")
    lead("Broken", city="Kyiv", email="a@@b")
    lead("Refused", city="Kyiv")
    lead("Quiet", city="Kyiv")
    lead("Fresh", city="Kyiv", last_mailed_at=now - timedelta(days=2))
    lead("Elsewhere", city="Lviv")
    topic = Topic.objects.get(is_default=True)
    blacklist_address(
        "refused@example.org", reason=BlacklistReason.BY_HAND, by=None, now=now
    )
    opt_out("quiet@example.org", topic, now=now)

    answer = _count(client, CITY_KYIV).json()

    assert answer["matched"] == 7
    assert answer["announcement"] == "7 records. 1 will be mailed."
    steps = _steps(client, answer["html"])
    assert steps == {
        "": ["Fresh", "Quiet", "Refused", "Broken", "Nobody", "Twin", "Ann"],
        "no_address": ["Nobody"],
        "invalid_address": ["Broken"],
        "duplicate": ["Twin"],
        "blacklisted": ["Refused"],
        "opted_out": ["Quiet"],
        "recently_mailed": ["Fresh"],
        "mailed": ["Ann"],
    }


def _steps(client, html):
    """The titles behind each link of the figures, by whom the link asks for."""
    found = {}
    for part in html.split('href="/audience/people/')[1:]:
        url = "/audience/people/" + part.split('"')[0].replace("&amp;", "&")
        who = parse_qs(urlsplit(url).query).get("who", [""])[0]
        rows = client.get(url).context["rows"]
        found[who] = [row.title for row in rows]
    return found


def test_count_asks_the_cap_and_the_topic_it_is_given(client, user):
    now = timezone.now()
    other = Topic.objects.create(name="Events")
    lead("Fresh", last_mailed_at=now - timedelta(days=2))
    lead("Quiet")
    opt_out("quiet@example.org", other, now=now)

    def mailed(**terms):
        return _count(client, {}, **terms).json()["announcement"]

    assert mailed() == "2 records. 1 will be mailed."
    assert mailed(cap="1") == "2 records. 2 will be mailed."
    assert mailed(cap="0", topic=str(other.pk)) == "2 records. 1 will be mailed."
    assert mailed(cap="nonsense", topic="-1") == "2 records. 1 will be mailed."
    opt_out("quiet@example.org", Topic.objects.get(is_default=True), now=now)
    assert mailed(cap="999999999", topic="98765") == "2 records. 0 will be mailed."


def test_count_marks_rules_that_let_leads_without_a_value_in(client, user):
    expensive = LostReasonFactory(name="Too expensive")
    lead("Known", lost_reason=LostReasonFactory(name="Not enough stock"))
    lead("Unknown")

    answer = _count(client, _rule("lost_reason", "not_in", [expensive.pk])).json()

    (remark,) = answer["remarks"]
    assert (remark["path"], remark["level"]) == ("rules[0]", "note")
    assert remark["text"] == "Includes 1 lead without “Lost reason”."
    assert remark["cure"]["tree"]["rules"][1] == {"field": "lost_reason", "op": "set"}


def test_count_of_a_faulty_tree_names_the_place(client, user):
    tree = {
        "match": "all",
        "rules": [
            {"field": "city", "op": "set"},
            {"field": "lost_reason", "op": "in", "value": ["Gone"]},
        ],
    }

    response = _count(client, tree)

    assert response.status_code == 422
    (remark,) = response.json()["remarks"]
    assert (remark["path"], remark["level"]) == ("rules[1].value[0]", "error")
    assert "Gone" in remark["text"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"rules": []}', b"\x00", b"[" * 9999])
def test_count_of_nonsense_is_a_clear_refusal(client, user, body):
    response = client.post(
        reverse("segments:audience-count"), body, content_type="application/json"
    )

    assert response.status_code == 422
    assert response.json()["remarks"][0]["level"] == "error"


def test_count_of_a_sales_user_sees_their_own_leads_only(client):
    seller = UserFactory(role=Role.SALES_USER.value)
    client.force_login(seller, backend="django.contrib.auth.backends.ModelBackend")
    lead("Mine", owner=seller)
    lead("Theirs")

    answer = _count(client, {}).json()

    assert answer["matched"] == 1
    assert _steps(client, answer["html"])[""] == ["Mine"]


# ------------------------------------------------------------- values, people


def test_value_list_finds_by_a_part_of_the_name_in_any_case(client, user):
    url = reverse("segments:value-list", args=["lost_reason"])

    found = client.get(url, {"q": "STOCK"}).json()["values"]

    assert [one["label"] for one in found] == ["Not enough stock"]
    assert client.get(reverse("segments:value-list", args=["?"])).status_code == 404
    assert client.get(reverse("segments:value-list", args=["city"])).json() == {
        "values": []
    }


@pytest.mark.parametrize("item_count", [1, 3])
def test_people_takes_the_same_queries_for_any_number_of_rows(
    client, user, item_count, django_assert_num_queries
):
    for number in range(item_count):
        lead(f"Lead{number}", city="Kyiv", owner=user)
    url = f"{reverse('segments:audience-people')}?r={pack_tree(CITY_KYIV)}"

    # session, user, topics, count, rows
    with django_assert_num_queries(5):
        response = client.get(url)

    assert len(response.context["rows"]) == item_count


def test_people_pages_by_keyset_show_everybody_once(client, user, monkeypatch):
    monkeypatch.setattr("winback.segments.views.audience.ROWS_PER_PAGE", 2)
    for number in range(5):
        lead(f"Lead{number}")  # all created at the same instant
    url, shown, after = reverse("segments:audience-people"), [], ""

    while True:
        query = {"r": pack_tree({}), "after": after}
        context = client.get(url, query).context
        shown += [row.title for row in context["rows"]]
        after = context["after"]
        if not after:
            break

    assert shown == ["Lead4", "Lead3", "Lead2", "Lead1", "Lead0"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"r": "nonsense"}, 422),
        ({"r": pack_tree(_rule("shoe_size", "set"))}, 422),
        ({"r": pack_tree({}), "who": "strangers"}, 404),
        ({"r": pack_tree({}), "after": "yesterday"}, 404),
        ({"r": pack_tree({}), "after": "2026-01-01_5"}, 404),
        ({"r": pack_tree({}), "after": "0001-01-01T00:00+14:00_5"}, 404),
    ],
)
def test_people_of_a_broken_address_are_refused(client, user, query, status):
    response = client.get(reverse("segments:audience-people"), query)

    assert response.status_code == status


def test_unpack_tree_never_unpacks_more_than_a_tree_may_weigh():
    bomb = pack_tree({"match": "all", "rules": ["x" * 5_000_000]})

    with pytest.raises(RuleTreeError) as error:
        unpack_tree(bomb)

    assert error.value.problems[0].code == "too_large"


def test_export_gives_the_people_of_the_list_as_csv(client, user):
    lead("Ann", city="Kyiv", contact_name="=cmd()")
    lead("Elsewhere", city="Lviv")

    response = client.get(
        reverse("segments:audience-export"), {"r": pack_tree(CITY_KYIV)}
    )

    assert response["Content-Type"].startswith("text/csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "Ann" in text
    assert "Elsewhere" not in text
    assert "'=cmd()" in text


# ------------------------------------------------------------------- notation


def _notation(client, **body):
    return client.post(
        reverse("segments:notation"), json.dumps(body), content_type="application/json"
    )


def test_notation_reads_json_and_names_faults(client, user):
    good = _notation(client, text=json.dumps(CITY_KYIV))
    bad = _notation(client, text='{"match": "some"}')

    assert good.json()["tree"] == CITY_KYIV
    assert bad.status_code == 422
    assert bad.json()["remarks"][0]["path"] == "match"
