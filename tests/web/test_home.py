from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    LeadFactory,
    LostLeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def test_home_without_leads_says_how_to_begin(client):
    client.force_login(UserFactory())

    page = client.get(reverse("web:home")).content.decode()

    assert "Bring in your leads" in page


def test_home_of_a_seller_counts_only_own_leads_and_shows_no_mailings(client):
    seller = UserFactory(role="sales_user")
    LeadFactory(owner=seller)
    LostLeadFactory.create_batch(2)
    MailingFactory(name="A secret mailing")
    client.force_login(seller)

    response = client.get(reverse("web:home"))

    totals = response.context["totals"]
    assert (totals.open, totals.lost) == (1, 0)
    assert "A secret mailing" not in response.content.decode()


def test_home_counts_leads_that_came_back(client):
    lost = LostLeadFactory()
    LostLeadFactory(email="")
    lost.losses.update(restored_at=timezone.now())
    client.force_login(UserFactory())

    totals = client.get(reverse("web:home")).context["totals"]

    assert (totals.lost, totals.lost_with_address, totals.restored_lately) == (2, 1, 1)


def test_home_by_post_is_refused(client):
    client.force_login(UserFactory())

    assert client.post(reverse("web:home")).status_code == 405


def test_home_leads_strangers_to_the_login(client):
    assert client.get(reverse("web:home")).url == "/login/?next=/"


@pytest.mark.parametrize("more", [0, 2])
def test_home_shows_figures_of_mailings_in_the_same_queries(
    client, more, django_assert_num_queries
):
    admin = UserFactory()
    LeadFactory()
    for mailing in MailingFactory.create_batch(1 + more, responsible=admin):
        mailing.started_at = timezone.now()
        mailing.save(update_fields=["started_at"])
        RecipientFactory(mailing=mailing, replied_at=timezone.now())
    client.force_login(admin)

    # session, user, four sorts of leads, restored, mailings, ledger, conversions, tasks
    with django_assert_num_queries(11):
        response = client.get(reverse("web:home"))

    figures = response.context["lines"][0].figures
    assert [(str(label), figure.count) for label, figure in figures] == [
        ("Sent", 1),
        ("Opened", 1),
        ("Replied", 1),
        ("Leads/Opportunities", 0),
    ]
