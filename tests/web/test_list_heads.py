"""The head of every list is one component, and a list is readable on a phone."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import (
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    StageFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
LISTS = [
    "/leads/?q=lamp&status=all",
    "/blacklist/?q=lamp",
    "/mailings/?q=lamp",
    "/templates/?q=lamp",
    "/pictures/?q=lamp",
    "/mailings/new/?q=lamp",
]


@pytest.fixture
def admin(client):
    person = UserFactory(role="administrator")
    client.force_login(person)
    return person


@pytest.mark.parametrize("address", LISTS)
def test_head_of_a_list_keeps_what_was_searched_and_works_without_scripts(
    client, admin, address
):
    MailingFactory()

    page = client.get(address).content.decode()

    assert page.count('class="filter-search input-icon"') == 1
    assert 'name="q" value="lamp" maxlength="200"' in page
    assert '<noscript><button class="btn" type="submit">' in page


def test_choices_in_the_head_of_a_list_are_kept_and_sent_at_once(client, admin):
    MailingFactory()

    page = client.get("/mailings/?state=paused").content.decode()

    head = page.partition('id="filter-state"')[2].partition("</select>")[0]
    assert "data-submit-on-change" in head
    assert '<option value="paused" selected>' in head
    assert head.count(" selected") == 1


def test_list_of_people_tells_on_a_phone_what_its_figures_are(client, admin):
    mailing = MailingFactory(started_at=LeadFactory().created_at)
    RecipientFactory(mailing=mailing)

    page = client.get(reverse("results:overview")).content.decode()

    assert "stack-table" in page
    assert page.count(' data-label="') == 8


def test_form_of_a_new_lead_shows_the_stage_it_will_have_and_no_dashes(client, admin):
    StageFactory(position=90, name="Last of all")
    first = StageFactory(position=0, name="First of all")

    page = client.get(reverse("crm:lead-new")).content.decode()

    assert f'<option value="{first.pk}" selected>First of all</option>' in page
    assert "---------" not in page


def test_form_of_a_new_person_names_the_empty_choice(client, admin):
    page = client.get(reverse("accounts:person-new")).content.decode()

    assert '<option value="" selected>No team</option>' in page
    assert "---------" not in page


def test_board_counts_in_the_digits_of_its_reader(client, admin):
    admin.language = "fa"
    admin.save(update_fields=["language"])
    MailingFactory.create_batch(2)

    page = client.get("/mailings/?view=board").content.decode()

    assert '<span class="text-secondary">۲</span>' in page
