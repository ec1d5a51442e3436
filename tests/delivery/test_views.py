"""The screen tells how it goes, and lets only some people steer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from tests.delivery.conftest import NOW, fates
from tests.delivery.smtp_script import ScriptedServer
from tests.factories import LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.delivery.progress import DomainFigures, domains_of, troubles_of
from winback.mailings.models import Mailing, Recipient

pytestmark = pytest.mark.django_db
Sending = Callable[..., Mailing]


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value, email="ana@winback.test")
    client.force_login(user)
    return user


@pytest.fixture
def seller(client):
    user = UserFactory(role=Role.SALES_USER.value)
    client.force_login(user)
    return user


def address(name: str, mailing: Mailing, *more: object) -> str:
    return reverse(f"delivery:{name}", args=[mailing.pk, *more])


def test_progress_running_shows_both_sums_and_asks_again(
    client, ana, sending: Sending
) -> None:
    LeadFactory(email="")
    mailing = sending(3)
    Recipient.objects.filter(pk=mailing.recipients.filter(fate="ready")[0].pk).update(
        fate="uncertain"
    )

    page = client.get(address("progress", mailing) + "?seen=sending")

    html = page.content.decode()
    figures = {
        name: html.partition(f'data-figure="{name}">')[2].partition("<")[0]
        for name in ("matched", "no_address", "will_be_mailed", "uncertain", "sent")
    }
    assert figures == {
        "matched": "4",
        "no_address": "−1",
        "will_be_mailed": "3",
        "uncertain": "1",
        "sent": "0",
    }
    assert 'hx-trigger="every 2s"' in html
    assert "Send to the 1 uncertain" in html
    assert "HX-Refresh" not in page


@pytest.mark.parametrize(("name", "usual"), [("progress", 2), ("details", 10)])
def test_figures_of_a_large_ledger_are_asked_for_less_often(
    client, ana, sending: Sending, monkeypatch, name, usual
) -> None:
    mailing = sending(3)
    few = client.get(address(name, mailing)).content.decode()
    monkeypatch.setattr("winback.mailings.rules.ROWS_A_SECOND_OF_WAITING", 3 / 17)

    many = client.get(address(name, mailing)).content.decode()

    assert f'hx-trigger="every {usual}s"' in few
    assert 'hx-trigger="every 17s"' in many


def test_progress_finished_asks_no_more_and_refreshes_the_page(
    client, ana, sending: Sending
) -> None:
    mailing = sending(1)
    Mailing.objects.update(state="sent")

    page = client.get(address("progress", mailing) + "?seen=sending")

    assert "hx-trigger" not in page.content.decode()
    assert page["HX-Refresh"] == "true"


def test_mailing_page_holds_the_progress_and_the_pace(
    client, ana, sending: Sending
) -> None:
    mailing = sending(1, mails_per_hour=1200)

    html = client.get(reverse("mailings:mailing", args=[mailing.pk])).content.decode()

    assert f'hx-get="{address("progress", mailing)}" hx-trigger="load"' in html
    assert f'action="{address("pace", mailing)}"' in html
    assert 'value="1200"' in html


@pytest.mark.parametrize("name", ["progress", "details"])
def test_reading_somebody_without_the_right_finds_nothing(
    client, seller, sending: Sending, name: str
) -> None:
    assert client.get(address(name, sending(1))).status_code == 404


@pytest.mark.parametrize(
    ("name", "more", "data"),
    [
        ("pace", (), {"mails_per_hour": "5"}),
        ("send-again", ("uncertain",), {}),
        ("test-send", (), {"address": "me@winback.test"}),
    ],
)
def test_changing_somebody_without_the_right_changes_nothing(
    client,
    seller,
    sending: Sending,
    scripted: ScriptedServer,
    name: str,
    more: tuple,
    data: dict,
) -> None:
    mailing = sending(1)
    mailing.recipients.update(fate="uncertain")

    assert client.post(address(name, mailing, *more), data).status_code == 404
    assert client.get(address(name, mailing, *more)).status_code == 405

    mailing.refresh_from_db()
    assert mailing.mails_per_hour is None
    assert fates(mailing) == {"uncertain": 1}
    assert scripted.mails == []


def test_details_domains_and_troubles_are_grouped(client, ana, sending) -> None:
    for number in range(3):
        LeadFactory(email=f"p{number}@mail.test")
    LeadFactory(email="x@other.test")
    mailing = sending(0)
    rows = mailing.recipients.filter(address__endswith="@mail.test").order_by("pk")
    for row, error in zip(rows, ("550 5.1.1 a", "550 5.1.1 b", ""), strict=True):
        if error:
            Recipient.objects.filter(pk=row.pk).update(
                fate="failed", failure_class="address", error=error
            )

    assert domains_of(mailing) == [
        DomainFigures(name="mail.test", sent=0, failed=2, uncertain=0, still_to_send=1),
        DomainFigures(
            name="other.test", sent=0, failed=0, uncertain=0, still_to_send=1
        ),
    ]
    troubles = [(t.count, t.example) for t in troubles_of(mailing)]
    assert troubles == [(2, "550 5.1.1 b")]
    html = client.get(address("details", mailing)).content.decode()
    assert "2 addresses were refused: nobody gets mail there." in html
    assert "Show all" not in html


def test_details_many_domains_shows_the_largest_five_until_asked(
    client, ana, sending
) -> None:
    for number in range(7):
        LeadFactory(email=f"p@mail{number}.test")
    LeadFactory(email="q@mail6.test")
    mailing = sending(0)

    few = client.get(address("details", mailing)).content.decode()
    every = client.get(address("details", mailing) + "?domains=all").content.decode()

    assert [name in few for name in ("mail6.test", "mail4.test", "mail3.test")] == [
        True,
        False,
        True,
    ]
    assert "Show all 7 domains" in few
    assert "mail5.test" in every
    assert "Show all" not in every
    assert "/progress/details/?domains=all" in every


@pytest.mark.parametrize("rows", [1, 3])
def test_progress_any_number_of_rows_takes_as_many_queries(
    client, ana, sending: Sending, django_assert_num_queries, rows: int
) -> None:
    mailing = sending(rows)
    client.get(address("progress", mailing))

    # Session, person, mailing; sums, pace, next; zone, limits, rest of the server.
    with django_assert_num_queries(9):
        client.get(address("progress", mailing))


@pytest.mark.parametrize(
    ("typed", "limit", "said"),
    [
        ("100", 100, "The pace is set."),
        ("", None, "The pace is set."),
        ("0", 7, "Use a whole number of mails an hour, or nothing."),
        ("x", 7, "Use a whole number of mails an hour, or nothing."),
    ],
)
def test_pace_valid_is_set(
    client, ana, sending: Sending, typed: str, limit: int | None, said: str
) -> None:
    mailing = sending(1, mails_per_hour=7)

    page = client.post(address("pace", mailing), {"mails_per_hour": typed}, follow=True)

    mailing.refresh_from_db()
    assert mailing.mails_per_hour == limit
    assert said in page.content.decode()


def test_send_again_uncertain_become_ready(client, ana, sending: Sending) -> None:
    mailing = sending(2)
    Recipient.objects.filter(mailing=mailing).update(fate="uncertain")
    Mailing.objects.update(state="sent", finished_at=NOW)

    page = client.post(address("send-again", mailing, "uncertain"), follow=True)

    mailing.refresh_from_db()
    assert "Sending to 2 people." in page.content.decode()
    assert (mailing.state, fates(mailing)) == ("sending", {"ready": 2})


@pytest.mark.parametrize(
    ("which", "status"), [("failed", 302), ("newcomers", 302), ("everybody", 404)]
)
def test_send_again_nobody_changes_nothing(
    client, ana, sending: Sending, which: str, status: int
) -> None:
    mailing = sending(1)

    assert client.post(address("send-again", mailing, which)).status_code == status
    assert fates(mailing) == {"ready": 1}
