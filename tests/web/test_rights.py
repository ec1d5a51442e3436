"""A walk through every address as everybody who might try it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    LeadFactory,
    UserFactory,
)
from tests.web.house import (
    HIDDEN,
    address_of,
    ask,
    build_house,
    is_named_in,
    logged_in,
    login_or_nothing,
    snapshot,
)
from tests.web.rooms import ACCESS, address_names
from winback.accounts.rules import RIGHTS, Role
from winback.crm.models import Task
from winback.segments.links import pack_tree
from winback.segments.waterfall import REASONS

pytestmark = pytest.mark.django_db

RECORDING = {"reactions:open-pixel", "reactions:follow-link"}
# Outside demo mode there is no mailbox.
READABLE = [
    name
    for name, access in ACCESS.items()
    if "GET" in access.methods and not access.demo_only
]


@pytest.fixture
def house(tmp_path, settings):
    return build_house(tmp_path, settings)


def test_rooms_every_address_is_classified():
    assert sorted(address_names()) == sorted(ACCESS)


def test_addresses_without_login_show_and_change_nothing(house):
    before, open_to_all = snapshot(), []

    for name, access in ACCESS.items():
        for method in access.methods.split() if not access.is_public else ():
            answer = ask(Client(), method, address_of(name, house))
            if not login_or_nothing(answer) or is_named_in(answer):
                open_to_all.append((name, method, answer.status_code))

    assert open_to_all == []
    assert snapshot() == before


@pytest.mark.parametrize("role", list(Role))
def test_addresses_without_the_right_do_not_exist(role, house):
    client, open_to_role = logged_in(role), []
    before = snapshot()

    for name, access in ACCESS.items():
        if access.right is None or access.right in RIGHTS[role]:
            continue
        for method in access.methods.split():
            answer = ask(client, method, address_of(name, house))
            if answer.status_code != 404:
                open_to_role.append((name, method, answer.status_code))

    assert open_to_role == []
    assert snapshot() == before


def test_addresses_answer_the_administrator(house):
    client, closed = logged_in(Role.ADMINISTRATOR), []

    for name in READABLE:
        answer = ask(client, "GET", address_of(name, house))
        if answer.status_code not in {200, 204, 302}:
            closed.append((name, answer.status_code))

    # These two are asked with a figure or a file.
    assert closed == [
        ("crm:import-errors", 404),
        ("segments:audience-people", 422),
        ("segments:audience-export", 404),
    ]


def test_addresses_change_nothing_by_reading(house):
    client, changing = logged_in(Role.ADMINISTRATOR), []
    before = snapshot()

    for name in READABLE:
        for method in ("get", "head", "options"):
            ask(client, method, address_of(name, house))
        if name not in RECORDING and snapshot() != before:
            changing.append(name)
        before = snapshot()

    assert changing == []


def test_addresses_answer_other_methods_with_405_and_change_nothing(house):
    client, lenient = logged_in(Role.ADMINISTRATOR), []
    before = snapshot()

    for name, access in ACCESS.items():
        others = {"GET", "POST", "PUT", "PATCH", "DELETE"} - {*access.methods.split()}
        for method in sorted(others):
            answer = ask(client, method, address_of(name, house))
            if answer.status_code != 405:
                lenient.append((name, method, answer.status_code))

    assert lenient == []
    assert snapshot() == before


def test_addresses_without_csrf_token_refuse_to_change(house):
    client, lenient = logged_in(Role.ADMINISTRATOR, enforce_csrf_checks=True), []
    before = snapshot()

    for name, access in ACCESS.items():
        # One click (RFC 8058) comes without cookies; its page has a seal instead.
        # A provider signs, or knows a secret.
        others = {"reactions:unsubscribe", "reactions:webhook"}
        if "POST" not in access.methods or name in others:
            continue
        answer = ask(client, "POST", address_of(name, house), wish="never")
        if answer.status_code != 403:
            lenient.append((name, answer.status_code))

    assert lenient == []
    assert snapshot() == before


def test_a_provider_without_its_secret_changes_nothing(house, settings):
    before = snapshot()
    url = address_of("reactions:webhook", house)
    body = {"content_type": "application/json", "data": "{}"}

    assert Client(enforce_csrf_checks=True).post(url, **body).status_code == 404
    settings.ANYMAIL = {"WEBHOOK_SECRET": "name:word"}
    assert Client(enforce_csrf_checks=True).post(url, **body).status_code == 400

    assert snapshot() == before


def test_unsubscribe_without_seal_or_one_click_changes_nothing(house):
    before = snapshot()
    url = address_of("reactions:unsubscribe", house)

    Client(enforce_csrf_checks=True).post(url, {"wish": "never"})

    assert snapshot() == before


# ------------------------------------------------------- leads of other owners

QUERIES = [
    "",
    "?status=all",
    f"?status=all&q={HIDDEN}",
    "?status=all&group=stage",
    "?status=all&format=xlsx",
    *(f"?who={who}&r={{packed}}" for who in ("", "mailed", *REASONS)),
    f"?q={HIDDEN[:4]}",
]


def test_pages_never_show_a_sales_user_leads_of_others(house):
    client, telling = logged_in(Role.SALES_USER), []
    packed = pack_tree({"match": "all", "rules": [{"field": "active", "op": "set"}]})

    for name in READABLE:
        for query in QUERIES if not ACCESS[name].is_public else ():
            url = address_of(name, house) + query.format(packed=packed)
            if is_named_in(client.get(url)):
                telling.append(url)

    assert telling == []


@pytest.mark.parametrize("field", ["company", "city", "owner", "title", "email"])
def test_values_never_name_leads_of_others(field, house):
    client = logged_in(Role.SALES_USER)

    answer = client.get(reverse("segments:value-list", args=[field]), {"q": HIDDEN})

    assert not is_named_in(answer)


@pytest.mark.parametrize(
    ("role", "matched"),
    [(Role.SALES_USER, 0), (Role.SALES_MANAGER, 1), (Role.MARKETING_USER, 1)],
)
def test_audience_counts_only_leads_that_may_be_seen(role, matched, house):
    client = logged_in(role)

    answer = client.post(
        reverse("segments:audience-count"),
        json.dumps({"rules": {}}),
        content_type="application/json",
    )

    assert answer.json()["matched"] == matched


@pytest.mark.parametrize("action", ["lost", "restore", "archive", "assign", "x"])
def test_changes_by_a_sales_user_never_reach_leads_of_others(action, house):
    client = logged_in(Role.SALES_USER)
    lead = house["lead"]
    given = {"action": action, "lead": lead.pk, "stage": lead.stage_id, "filter": ""}
    before = snapshot()

    for name, access in ACCESS.items():
        is_of_leads = name.startswith(
            ("crm:lead", "crm:task", "crm:pipeline", "reactions:address")
        )
        if is_of_leads and "POST" in access.methods and name != "crm:lead-new":
            url = address_of(name, house)
            client.post(url, {**given, "title": "x", "text": "x"})
            client.post(url, {**given, "all": "1", "filter": "?status=all"})

    assert snapshot() == before


def test_task_of_a_lead_that_went_to_somebody_else_does_not_name_it(house):
    client = Client()
    user = UserFactory(role=Role.SALES_USER.value)
    client.force_login(user)
    LeadFactory(owner=user)
    Task.objects.filter(lead=house["lead"]).update(owner=user)

    assert HIDDEN not in client.get("/").content.decode()


def test_lead_of_ones_own_is_shown(house):
    client = Client()
    client.force_login(house["owner"])

    assert HIDDEN in client.get(reverse("crm:lead-list")).content.decode()


def test_closed_account_sees_nothing(house):
    client = Client()
    client.force_login(house["owner"])
    type(house["owner"]).objects.update(is_active=False)

    assert login_or_nothing(client.get("/leads/"))
