"""One of everything in a house of somebody else's, and ways to look at it."""

from __future__ import annotations

import dataclasses
import io
import zipfile

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
from winback.accounts.models import Team
from winback.accounts.rules import Role
from winback.consent.models import BlacklistEntry, Topic
from winback.content.models import BrandLogo, Template
from winback.content.pictures import picture_path
from winback.core.tokens import sign
from winback.crm.models import ImportRun, LeadEvent, Product, Tag, Task
from winback.mailings.models import VersionContent
from winback.reactions.models import AddressChange, InboundMessage
from winback.segments.models import FavouriteFilter

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
    "content:picture-used": {"name": "a" * 22 + ".png"},
    "web:mail-bounce": {"kind": "hard"},
    "delivery:send-again": {"which": "failed"},
    "results:sleeping-undo": {"batch_id": "0b0f1e6c-5b0e-4a51-9c1e-0d6f0c9d7d11"},
    "reactions:webhook": {"provider": "postmark", "kind": "tracking"},
    "results:people": {"name": "sent"},
    "results:people-export": {"name": "sent", "kind": "csv"},
}


def build_house(tmp_path, settings):
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
