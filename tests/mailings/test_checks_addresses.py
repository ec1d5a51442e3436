"""Doubtful addresses in the check before send: so many, and whom the list shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import NOW, LeadFactory, UserFactory
from winback.crm.models import Lead
from winback.mailings import services
from winback.mailings.checks import Level, check_mailing

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - timedelta(days=5 * 365)


@pytest.fixture
def manager():
    return UserFactory(role="marketing_manager")


@pytest.fixture
def mailing(manager):
    LeadFactory(email="ann@example.org")
    return services.create_mailing({"subject": "x"}, by=manager, now=NOW)


def lead(email, **changes):
    one = LeadFactory(email=email, **changes)
    fields = {"address_quality": changes.get("address_quality", one.address_quality)}
    Lead.objects.filter(pk=one.pk).update(**fields)
    return one


def line_of(mailing):
    lines = {line.key: line for line in check_mailing(mailing, now=NOW).lines}
    return lines.get("addresses")


def test_sound_addresses_make_a_green_line(mailing):
    line = line_of(mailing)

    assert (line.level, line.text) == (
        Level.GOOD,
        "Nothing speaks against the addresses.",
    )
    assert line.people == []


def test_post_boxes_alone_stay_green_and_are_told(mailing):
    lead("info@example.com")

    line = line_of(mailing)

    assert line.level == Level.GOOD
    assert [one.text for one in line.people] == [
        "1 address is a post box of several people, such as “info”."
    ]


def test_each_kind_of_doubtful_address_is_counted_and_opens_its_people(
    client, manager, mailing
):
    client.force_login(manager)
    lead("info@example.com")
    lead("bob@gmial.com")
    lead("eve@mailinator.com")
    lead("sue@gone.example", address_quality="unreachable")
    lead("old@example.net", created_at=LONG_AGO)
    # Old too, but told of once; and two that would not be mailed at all.
    lead("kim@gmial.com", created_at=LONG_AGO)
    lead("kim@gmial.com", created_at=LONG_AGO)
    lead("no@gmial.com", blacklisted=True)

    line = line_of(mailing)

    assert (line.level, line.cure) == (Level.WARN, "rules")
    assert line.text == "6 people would be mailed at doubtful addresses."
    shown = {}
    for group in line.people:
        page = client.get(group.url)
        assert page.status_code == 200
        shown[group.count] = shown.get(group.count, [])
        shown[group.count].append(sorted(found.email for found in page.context["rows"]))
    assert {count: sorted(lists) for count, lists in shown.items()} == {
        1: [
            ["eve@mailinator.com"],
            ["info@example.com"],
            ["old@example.net"],
            ["sue@gone.example"],
        ],
        2: [["bob@gmial.com", "kim@gmial.com"]],
    }


def test_the_dialog_links_to_the_people(client, manager, mailing):
    client.force_login(manager)
    lead("bob@gmial.com")

    page = client.get(
        reverse("mailings:mailing-check", args=[mailing.pk])
    ).content.decode()

    assert "1 person would be mailed at a doubtful address." in page
    assert "Open these people" in page
    assert "who=mailed" in page


def test_two_leads_of_one_address_are_as_many_as_the_list_shows(
    client, manager, mailing
):
    """The first lead is old, and mailed; the second one only shares its address."""
    client.force_login(manager)
    lead("old@example.net", created_at=LONG_AGO)
    lead("old@example.net", created_at=NOW)

    group = line_of(mailing).people[0]

    page = client.get(group.url)
    assert group.count == len(page.context["rows"]) == 1
