"""What came of a template."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories import MailingFactory, RecipientFactory, UserFactory

from winback.accounts.rules import Role
from winback.content.services import Written, create_template
from winback.mailings.models import Fate
from winback.results.queries import smart_buttons
from winback.results.templates_used import usage_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


@pytest.fixture
def template(ana):
    content = Written(
        language="", subject="S", preheader="", body_kind="text", body="B"
    )
    return create_template("Restock", [content], by=ana, now=NOW)


def sent(template, *, people: int, opened: int):
    mailing = MailingFactory(
        template=template, template_version=1, started_at=NOW - timedelta(days=9)
    )
    for number in range(people):
        RecipientFactory(
            mailing=mailing,
            fate=Fate.SENT,
            sent_at=NOW,
            opened_at=NOW if number < opened else None,
        )
    return mailing


def test_usage_sums_counts_and_shares_of_all_mailings(template, ana):
    small, large = (
        sent(template, people=2, opened=2),
        sent(template, people=6, opened=0),
    )
    draft = MailingFactory(template=template)
    MailingFactory()  # of no template

    usage = usage_of(template, ana, now=NOW)

    assert [mailing for mailing, _ in usage.mailings] == [draft, large, small]
    assert usage.used == 3
    assert usage.total["sent"].count == 8
    assert usage.total["opened"].rate == pytest.approx(2 / 8)
    assert dict(usage.mailings)[small] == smart_buttons(small, now=NOW)
    assert dict(usage.mailings)[draft] is None


def test_usage_page_says_when_there_is_none(client, template, ana):
    address = reverse("results:template-usage", args=[template.pk])

    assert "No mailing was made" in client.get(address).content.decode()
    sent(template, people=2, opened=1)
    assert "50%" in client.get(address).content.decode()
    assert client.get(reverse("results:template-usage", args=[0])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_usage_takes_the_same_queries_for_any_number(
    client, template, ana, django_assert_num_queries, count
):
    for _ in range(count):
        sent(template, people=1, opened=0)

    with django_assert_num_queries(6):  # session, user, template, mailings, figures x2
        client.get(reverse("results:template-usage", args=[template.pk]))
