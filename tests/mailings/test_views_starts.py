"""The ways to begin a mailing whose body is edited in the editor."""

from __future__ import annotations

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import LeadFactory, LostReasonFactory, UserFactory
from winback.accounts.rules import Role
from winback.content.blocks import blank_mail
from winback.content.models import BrandKit
from winback.core.models import Installation
from winback.mailings.contents import main_version
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hi%s</mj-text>"
    "</mj-column></mj-section></mj-body></mjml>"
)


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


def content():
    return main_version(Mailing.objects.get()).contents.get()


def bring(client, **data):
    return client.post(reverse("mailings:mailing-bring"), data, follow=True)


def setup_of(page):
    found = re.search(
        r'<script id="editor-setup" type="application/json">(.*?)</script>', page
    )
    return json.loads(found[1]) if found else None


def test_start_from_scratch_begins_with_an_empty_frame_in_our_language(client, ana):
    Installation.objects.update_or_create(pk=1, defaults={"language": "uk"})

    response = client.post(
        reverse("mailings:mailing-create"), {"kind": "mjml"}, follow=True
    )

    assert (content().body_kind, content().body) == ("mjml", blank_mail("uk"))
    setup = setup_of(response.content.decode())
    assert (setup["language"], setup["direction"]) == ("uk", "ltr")


def test_start_from_scratch_wears_the_brand_kit(client, ana):
    BrandKit.objects.create(pk=1, accent="#7a1fa2", font="georgia")

    response = client.post(
        reverse("mailings:mailing-create"), {"kind": "mjml"}, follow=True
    )

    assert 'background-color="#7a1fa2"' in content().body
    assert "Georgia" in content().body
    blocks = setup_of(response.content.decode())["blocks"]
    button = next(block for block in blocks if block["kind"] == "button")
    assert 'background-color="#7a1fa2"' in button["source"]


def test_editor_offers_lost_reasons_as_the_mail_calls_them(client, ana):
    LostReasonFactory(name="Too dear", name_translations={"fa": "گران"})
    client.post(reverse("mailings:mailing-create"), {"kind": "mjml"})
    mailing = Mailing.objects.get()
    main_version(mailing).contents.create(language="fa", body_kind="mjml", body="")

    page = client.get(
        reverse("mailings:mailing", args=[mailing.pk]), {"language": "fa"}
    )

    setup = setup_of(page.content.decode())
    reasons = next(c for c in setup["conditions"] if c["path"] == "lead.lost_reason")
    assert "گران" in [value["value"] for value in reasons["values"]]
    assert setup["direction"] == "rtl"


def test_editor_offers_every_language_that_leads_speak_once_and_by_name(client, ana):
    for spoken in ("de", "pt-BR", "de", "uk", ""):
        LeadFactory(language=spoken)

    page = client.post(
        reverse("mailings:mailing-create"), {"kind": "mjml"}, follow=True
    )

    setup = setup_of(page.content.decode())
    offered = next(c for c in setup["conditions"] if c["path"] == "lead.language")
    assert [(one["value"], one["label"]) for one in offered["values"][3:]] == [
        ("de", "German"),
        ("pt-BR", "Portuguese (Brazil)"),
    ]
    assert [one["value"] for one in offered["values"][:3]] == ["en", "uk", "fa"]


def test_plain_text_keeps_its_own_editor(client, ana):
    response = client.post(
        reverse("mailings:mailing-create"), {"kind": "text"}, follow=True
    )

    assert setup_of(response.content.decode()) is None


def test_mjml_that_is_pasted_becomes_a_mailing_and_its_loss_is_told(client, ana):
    response = bring(client, source=MJML % "<script>1</script>")

    assert (content().body_kind, content().body) == ("mjml", MJML % "")
    assert "&lt;script&gt;: 1" in response.content.decode()


def test_merge_fields_of_another_tool_are_told_when_a_mail_is_brought(client, ana):
    page = bring(client, source=MJML % "*|FNAME|* [[Order]]").content.decode()

    assert "became ours: *|FNAME|* → {{ lead.first_name }}." in page
    assert "Nobody fills these merge fields of another tool: [[Order]]." in page


def test_html_file_becomes_a_mailing(client, ana):
    upload = SimpleUploadedFile("mail.html", "<p>Привіт</p>".encode())

    bring(client, file=upload, source="ignored")

    assert content().body_kind == "html"
    assert "<p>Привіт</p>" in content().body


@pytest.mark.parametrize(
    "data",
    [
        {"source": ""},
        {"source": "only words"},
        {"file": SimpleUploadedFile("a.html", b"\xff\xfe<p>")},
    ],
    ids=["nothing", "words", "encoding"],
)
def test_what_is_no_mail_is_said_and_makes_no_mailing(client, ana, data):
    response = bring(client, **data)

    assert response.status_code == 422
    assert 'role="alert" id="bring-problem"' in response.content.decode()
    assert not Mailing.objects.exists()


def test_bringing_a_mail_needs_the_right(client):
    client.force_login(UserFactory(role=Role.SALES_USER.value))

    assert bring(client, source=MJML % "").status_code == 404
    assert not Mailing.objects.exists()
