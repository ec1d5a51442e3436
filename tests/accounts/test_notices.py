"""News for one person, new until read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.factories import LeadFactory, RecipientFactory, UserFactory
from winback.accounts.models import Notice
from winback.accounts.rules import Role
from winback.accounts.services import see_notices, tell
from winback.delivery.engine.recording import finish_if_done

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


def news(person, text: str = "News") -> Notice:
    return tell(person, text, tone="good", url="/mailings/", now=NOW)


def test_notice_list_shows_ones_own_only(client, ana) -> None:
    news(ana, "<b>Mine</b>")
    news(UserFactory(), "Somebody else's")

    html = client.get("/notices/").content.decode()

    assert '<a href="/mailings/"><bdi>&lt;b&gt;Mine&lt;/b&gt;</bdi></a>' in html
    assert "Somebody" not in html


@pytest.mark.parametrize("count", [1, 3])
def test_notice_list_takes_the_same_queries_for_any_number(
    client, ana, django_assert_num_queries, count: int
) -> None:
    for _ in range(count):
        news(ana)

    with django_assert_num_queries(3):  # session, person, notices
        client.get("/notices/")


def test_notice_count_is_of_the_new_ones(client, ana) -> None:
    first = news(ana)
    news(ana)
    assert "(2 new)" in client.get("/notices/count/").content.decode()

    see_notices(ana, up_to=first.pk, now=NOW)

    assert "(1 new)" in client.get("/notices/count/").content.decode()


def test_notices_seen_marks_what_was_on_the_page(client, ana) -> None:
    first, later = news(ana), news(ana)
    other = news(UserFactory())

    client.post("/notices/seen/", {"up_to": first.pk})
    client.post("/notices/seen/", {"up_to": "x"})

    seen = dict(Notice.objects.values_list("pk", "seen_at"))
    assert {pk for pk, at in seen.items() if at} == {first.pk}
    assert {later.pk, other.pk} <= set(seen)
    client.post("/notices/seen/", {"up_to": other.pk})
    other.refresh_from_db()
    assert other.seen_at is None
    assert client.get("/notices/count/").content.decode().strip() == ""


@pytest.mark.parametrize("address", ["", "count/", "seen/"])
def test_notices_of_strangers_lead_to_the_login(client, address: str) -> None:
    method = client.post if address == "seen/" else client.get

    assert method(f"/notices/{address}").headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("fate", "tone", "text"),
    [
        ("sent", "good", "“Restock” has been sent: 1 sent, 0 failed."),
        (
            "uncertain",
            "warn",
            "“Restock” has been sent: 0 sent, 0 failed. 1 uncertain: perhaps they "
            "arrived.",
        ),
    ],
)
def test_a_mailing_that_ends_is_told_its_responsible(fate, tone, text) -> None:
    row = RecipientFactory(
        mailing__state="sending",
        mailing__name="Restock",
        lead=LeadFactory(),
        fate=fate,
        sent_at=NOW if fate == "sent" else None,
    )

    finish_if_done(row.mailing_id, now=NOW)
    finish_if_done(row.mailing_id, now=NOW)

    notice = Notice.objects.get()
    assert (notice.person, notice.tone, notice.text) == (
        row.mailing.responsible,
        tone,
        text,
    )
