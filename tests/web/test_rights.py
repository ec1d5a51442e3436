"""A walk through every address as everybody who might try it."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import pytest
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.factories import (
    NOW,
    LeadFactory,
    LostReasonFactory,
    MailingFactory,
    RecipientFactory,
    StageFactory,
    TrackedLinkFactory,
    UserFactory,
)
from tests.web.rooms import ACCESS, address_names
from winback.accounts.models import Team
from winback.accounts.rules import RIGHTS, Role
from winback.consent.models import BlacklistEntry, Topic
from winback.content.models import BrandLogo, Template
from winback.content.pictures import picture_path
from winback.core.tokens import sign
from winback.crm.models import ImportRun, LeadEvent, Product, Tag, Task
from winback.mailings.models import VersionContent
from winback.reactions.models import AddressChange, InboundMessage
from winback.segments.links import pack_tree
from winback.segments.models import FavouriteFilter
from winback.segments.waterfall import REASONS

pytestmark = pytest.mark.django_db

ROOMS = (
    "accounts",
    "crm",
    "consent",
    "content",
    "segments",
    "mailings",
    "delivery",
    "reactions",
    "results",
)
HIDDEN = "Quetzalcoatlus"
# A hit is what these two are for; an export leaves its line in the audit log.
ARGUMENTS = {
    "content:version-compare": {"number": 1},
    "content:version-restore": {"number": 1},
    "content:brand-logo": {"digest": "0" * 64},
    "segments:value-list": {"field": "lost_reason"},
    "content:picture": {"name": "a" * 22 + ".png"},
    "web:mail-bounce": {"kind": "hard"},
    "delivery:send-again": {"which": "failed"},
    "results:sleeping-undo": {"batch_id": "0b0f1e6c-5b0e-4a51-9c1e-0d6f0c9d7d11"},
    "reactions:webhook": {"provider": "postmark", "kind": "tracking"},
    "results:people": {"name": "sent"},
    "results:people-export": {"name": "sent", "kind": "csv"},
}
RECORDING = {"reactions:open-pixel", "reactions:follow-link"}
# Outside demo mode there is no mailbox.
READABLE = [
    name
    for name, access in ACCESS.items()
    if "GET" in access.methods and not access.demo_only
]


@pytest.fixture
def house(tmp_path, settings):
    """One of everything, so that every address has something to show or to change.

    The lead belongs to somebody else than those who visit, and says so in all
    of its words.
    """
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    owner = UserFactory(role=Role.SALES_USER.value, email="owner@winback.example")
    lead = hidden_lead(owner)
    mailing = MailingFactory(
        responsible__role=Role.MARKETING_USER.value, from_address="us@example.org"
    )
    version = mailing.versions.create()
    content = VersionContent.objects.create(
        version=version, subject="Back", body_kind="text", body="Hello"
    )
    recipient = RecipientFactory(
        mailing=mailing, lead=lead, opened_at=NOW, clicked_at=NOW, replied_at=NOW
    )
    link = TrackedLinkFactory(content=content)
    picture = picture_path("a" * 22 + ".png")
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")
    table = tmp_path / "leads.csv"
    table.write_text("title\nOne\n", encoding="utf-8")
    run = ImportRun.objects.create(
        file_name="leads.csv", stored_path=str(table), created_at=NOW, by=owner
    )
    template = Template.objects.create(name="Spare", created_at=NOW)
    template.versions.create(number=1, saved_at=NOW, contents=[])
    BrandLogo.objects.create(
        digest="0" * 64,
        media_type="image/png",
        data=b"x",
        width=1,
        height=1,
        created_at=NOW,
    )
    own = {
        "crm:stage": lead.stage_id,
        "crm:reason": LostReasonFactory().pk,
        "crm:team": Team.objects.create(name="South").pk,
        "crm:tag": Tag.objects.get_or_create(name="spare")[0].pk,
        "crm:product": lead.product_id,
        "crm:import": run.pk,
        "crm:lead": lead.pk,
        "crm:task": Task.objects.create(lead=lead, title=HIDDEN, created_at=NOW).pk,
        "crm:pipeline": lead.stage_id,
        "accounts:person": owner.pk,
        "consent:blacklist": BlacklistEntry.objects.create(
            address="never@example.org", reason="by_hand", created_at=NOW
        ).pk,
        "consent:topic": Topic.objects.create(name="Events").pk,
        "content:template": template.pk,
        "content:version": template.pk,
        "segments:filter": FavouriteFilter.objects.create(
            name="All", owner=owner, tree={}, created_at=NOW
        ).pk,
        "mailings:": mailing.pk,
        "delivery:": mailing.pk,
        "results:template": template.pk,
        "results:": mailing.pk,
        **came_in(recipient),
    }
    tokens = {
        "reactions:open-pixel": sign("open", recipient.pk),
        "reactions:follow-link": sign("click", recipient.pk, link.pk),
        "reactions:unsubscribe": sign("unsubscribe", recipient.pk),
        "reactions:view-online": sign("view", recipient.pk),
    }
    return {"keys": own, "tokens": tokens, "owner": owner, "lead": lead}


def came_in(recipient):
    """A message about the lead, what followed from it, and a new address."""
    message = InboundMessage.objects.create(
        raw=f"Subject: {HIDDEN}\r\n\r\nx".encode(),
        received_at=NOW,
        processed_at=NOW,
        subject=HIDDEN,
        recipient=recipient,
        lead=recipient.lead,
    )
    effect = message.effects.create(
        kind="replied", recipient=recipient, lead=recipient.lead, at=NOW
    )
    change = AddressChange.objects.create(
        message=message,
        lead=recipient.lead,
        old_address=recipient.address,
        new_address=f"new-{recipient.address}",
        created_at=NOW,
    )
    return {
        "reactions:effect": effect.pk,
        "reactions:address": change.pk,
        "reactions:": message.pk,
    }


def hidden_lead(owner):
    """A lead whose every text can be known again."""
    texts = {
        name: f"{HIDDEN} {name}"
        for name in ("title", "contact_name", "company", "city", "notes", "phone")
    }
    product = Product.objects.create(name="Kettle")
    lead = LeadFactory(
        **texts,
        email=f"{HIDDEN.lower()}@example.org",
        external_id=HIDDEN,
        owner=owner,
        product=product,
        stage=StageFactory(name="New"),
    )
    LeadEvent.objects.create(
        lead=lead, kind=LeadEvent.Kind.NOTE, at=NOW, details={"text": HIDDEN}
    )
    return lead


def address_of(name, house):
    """The address with the keys of what stands in the house."""
    given = dict(ARGUMENTS.get(name, {}))
    if name.startswith("web:mail"):
        given |= {} if name.startswith("web:mailbox") else {"mail_id": 1}
    elif name in house["tokens"]:
        given["token"] = house["tokens"][name]
    pk = next((pk for room, pk in house["keys"].items() if name.startswith(room)), 0)
    try:
        return reverse(name, kwargs=given)
    except NoReverseMatch:
        return reverse(name, kwargs=given | {"pk": pk})


def snapshot():
    """All rows of all rooms: two that are equal mean that nothing was changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
    }


def ask(client, method, url, **data):
    return getattr(client, method.lower())(url, data or None, follow=False)


def logged_in(role, **given):
    client = Client(**given)
    client.force_login(UserFactory(role=role.value))
    return client


def login_or_nothing(response):
    """Strangers are led to the login, or told that there is no such page."""
    if response.status_code == 404:
        return True
    return response.status_code == 302 and response["Location"].startswith("/login/")


def words_of(response):
    """Everything an answer says, the cells of a spreadsheet included."""
    content = b"".join(response) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    return content.decode("utf-8", "replace").lower()


def is_named_in(response):
    """Whether the hidden lead is; what was asked for may be repeated."""
    name = HIDDEN.lower()
    words = words_of(response)
    return name in words.replace(f'value="{name}"', "").replace(f"q={name}", "")


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
