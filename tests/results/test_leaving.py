"""Why people unsubscribed, on the list behind the figure."""

import csv
import io

import pytest
from tests.factories import (
    NOW,
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)

from winback.reactions.services.unsubscribe import Wish, fulfil
from winback.results.leaving import leaving_reasons
from winback.results.queries import further_figures

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    user = UserFactory(role="marketing_user")
    client.force_login(user)
    return user


@pytest.fixture
def mailing():
    return MailingFactory(state="sent", started_at=NOW)


def left(mailing, name, wish=Wish.TOPIC, **said):
    row = RecipientFactory(
        mailing=mailing, lead=LeadFactory(title=name, email=f"{name}@example.org")
    )
    fulfil(row, wish, now=NOW, **said)
    return row


def page_of(mailing):
    return f"/mailings/{mailing.pk}/results/unsubscribed/"


def test_reasons_add_up_to_the_figure(mailing):
    left(mailing, "ann", code="too_many")
    left(mailing, "bob", Wish.NEVER, code="too_many", reason="daily!")
    left(mailing, "eve", Wish.PAUSE)
    left(mailing, "old", code="not_asked")
    RecipientFactory(mailing=mailing, unsubscribed_at=NOW)  # by a mail, without a word
    left(MailingFactory(), "joe", code="other")

    rows = [(row.code, row.label, row.count) for row in leaving_reasons(mailing)]

    assert rows == [
        ("none", "No reason given", 2),
        ("too_many", "Too many mails", 2),
        ("not_asked", "I never asked for them", 1),
    ]
    assert further_figures(mailing)["unsubscribed"] == 5


def test_the_last_word_by_this_mailing_is_the_reason(mailing):
    row = left(mailing, "ann", code="other")
    fulfil(row, Wish.NEVER, code="too_many", now=NOW)

    assert [(one.code, one.count) for one in leaving_reasons(mailing)] == [
        ("too_many", 1)
    ]


def test_the_list_is_narrowed_to_a_reason_and_exported_so(client, member, mailing):
    left(mailing, "ann", code="too_many", reason="=daily")
    left(mailing, "bob")

    everybody = client.get(page_of(mailing)).content.decode()
    narrowed = client.get(page_of(mailing), {"why": "too_many"}).content.decode()
    file = client.get(page_of(mailing) + "export.csv", {"why": "too_many"})
    rows = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode())))

    assert "Why they left" in everybody
    assert ("ann@example.org" in everybody, "bob@example.org" in everybody) == (
        True,
        True,
    )
    assert "ann@example.org" in narrowed
    assert "bob@example.org" not in narrowed
    assert "No more about this topic · Too many mails · =daily" in narrowed
    assert [row[4] for row in rows[1:]] == ["ann@example.org"]
    assert rows[1][5].endswith("No more about this topic · Too many mails · =daily")


@pytest.mark.parametrize("why", ["nonsense", "\0", ""])
def test_another_reason_shows_everybody(client, member, mailing, why):
    left(mailing, "ann")

    assert (
        "ann@example.org" in client.get(page_of(mailing), {"why": why}).content.decode()
    )


def test_other_lists_know_no_reasons(client, member, mailing):
    left(mailing, "ann", code="too_many")

    page = client.get(
        f"/mailings/{mailing.pk}/results/sent/", {"why": "none"}
    ).content.decode()

    assert "ann@example.org" in page
    assert "Why they left" not in page


@pytest.mark.parametrize("people", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number_of_people(
    client, member, mailing, people, django_assert_num_queries
):
    for number in range(people):
        left(mailing, f"p{number}", code="other")

    # Session, user, mailing with what it needs, rows, unclear hits, reasons, count.
    with django_assert_num_queries(7):
        client.get(page_of(mailing))
