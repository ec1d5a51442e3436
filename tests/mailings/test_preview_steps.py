"""The preview steps through real people, and keeps their markup out."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import LeadFactory, RecipientFactory, UserFactory
from winback.accounts.rules import Role
from winback.mailings import services
from winback.mailings.models import Mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(client):
    by = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(by)
    LeadFactory(email="ann@example.org", contact_name="Ann <b>Li</b>")
    return services.create_mailing(
        {"subject": "Back in stock", "body": "Hello {{ lead.contact_name }}"},
        by=by,
        now=timezone.now(),
    )


def address(name, mailing):
    return reverse(f"mailings:{name}", args=[mailing.pk])


def test_preview_frame_shows_a_real_person_without_their_markup(client, draft):
    answer = client.get(address("mailing-frame", draft))

    text = answer.content.decode()
    assert "Hello Ann &lt;b&gt;Li&lt;/b&gt;" in text
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_preview_without_images_forbids_them(client, draft):
    answer = client.get(address("mailing-frame", draft), {"mode": "no-images"})

    assert "img-src data:;" in answer["Content-Security-Policy"]


def test_preview_steps_through_the_audience(client, draft):
    second = LeadFactory(email="bob@example.org", contact_name="Bob")
    LeadFactory(email="", contact_name="Nobody")

    first_page = client.get(address("mailing-preview", draft)).content.decode()
    second_page = client.get(
        address("mailing-preview", draft), {"lead": second.pk}
    ).content.decode()

    assert "1 of 2" in first_page
    assert f"lead={second.pk}" in first_page
    assert "2 of 2" in second_page
    assert "Bob" in second_page


def test_preview_after_the_start_shows_whom_it_was_for(client, draft):
    # Mailed a moment ago, Bob would not be in the audience any more.
    lead = LeadFactory(
        email="bob@example.org", contact_name="Bob", last_mailed_at=timezone.now()
    )
    RecipientFactory(mailing=draft, lead=lead)
    RecipientFactory(
        mailing=draft, fate="left_out", sent_at=None, left_out_reason="blacklisted"
    )
    Mailing.objects.filter(pk=draft.pk).update(state="sent", started_at=timezone.now())

    page = client.get(address("mailing-preview", draft)).content.decode()

    assert "bob@example.org" in page
    assert "1 of 1" in page


def test_preview_of_a_lead_outside_the_audience_shows_another(client, draft):
    stranger = LeadFactory(
        email="gone@example.org", contact_name="Mallory", blacklisted=True
    )

    page = client.get(address("mailing-preview", draft), {"lead": stranger.pk})

    assert "Mallory" not in page.content.decode()
