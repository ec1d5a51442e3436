import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from tests.factories import (
    NOW,
    LeadFactory,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)

from winback.reactions.models import Hit
from winback.results.models import Conversion
from winback.results.queries.figures import CONDITIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    user = UserFactory(role="marketing_user")
    client.force_login(user)
    return user


@pytest.fixture
def mailing():
    return MailingFactory(state="sent", started_at=NOW)


def unknown_hit(recipient, kind):
    Hit.objects.create(
        recipient=recipient,
        kind=kind,
        at=NOW,
        method="GET",
        verdict="unknown",
        rules_version=2,
    )


def people_url(mailing, name):
    return reverse("results:people", args=[mailing.pk, name])


def test_smart_buttons_show_rate_and_count_and_open_the_list(client, member, mailing):
    RecipientFactory(mailing=mailing, opened_at=NOW)
    RecipientFactory(mailing=mailing, machine_opened_at=NOW)
    unknown_hit(RecipientFactory(mailing=mailing), "open")

    page = client.get(reverse("results:smart-buttons", args=[mailing.pk]))

    text = " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())
    assert "33.3% 1 Opened 1 by a program · 1 unclear" in text
    assert "3 Sent" in text
    assert "Fetched by programs 1" in text
    assert "– Quotations" in text
    assert f'href="{people_url(mailing, "opened")}"' in page.content.decode()


def test_smart_buttons_stand_on_the_mailings_page(client, member, mailing):
    mailing.versions.create()
    RecipientFactory(mailing=mailing)

    page = client.get(reverse("mailings:mailing", args=[mailing.pk]))

    assert 'id="smart-buttons"' in page.content.decode()


@pytest.mark.parametrize(("hours", "polls"), [(1, True), (100, False)])
def test_smart_buttons_refresh_only_while_they_move(client, member, hours, polls):
    started = timezone.now() - timedelta(hours=hours)
    mailing = MailingFactory(started_at=started)

    page = client.get(reverse("results:smart-buttons", args=[mailing.pk]))

    assert ("hx-trigger" in page.content.decode()) is polls


def test_smart_buttons_of_a_large_mailing_are_asked_for_less_often(
    client, member, monkeypatch
):
    mailing = MailingFactory(started_at=timezone.now())
    RecipientFactory(mailing=mailing)
    monkeypatch.setattr("winback.mailings.rules.ROWS_A_SECOND_OF_WAITING", 1 / 17)

    page = client.get(reverse("results:smart-buttons", args=[mailing.pk]))

    assert 'hx-trigger="every 17s"' in page.content.decode()


@pytest.mark.parametrize("name", [*CONDITIONS, "leads"])
def test_every_list_opens_with_its_people(client, member, mailing, name):
    lead = LeadFactory(active=False, title="Anna's <b>order</b>")
    row = RecipientFactory(
        mailing=mailing,
        lead=lead,
        fate={"failed": "failed", "uncertain": "uncertain", "left_out": "left_out"}.get(
            name, "sent"
        ),
        sent_at=None if name in {"failed", "uncertain", "left_out"} else NOW,
        left_out_reason="blacklisted" if name == "left_out" else "",
        **(
            {f"{name}_at": NOW}
            if hasattr(RecipientFactory._meta.model, f"{name}_at")
            else {}
        )
        if name not in {"sent", "received", "ignored"}
        else {},
    )
    if name.startswith("unknown"):
        kind = "open" if name == "unknown_opened" else "click"
        unknown_hit(row, kind)
    Conversion.objects.create(
        kind="lead_restored", at=NOW, lead=lead, mailing=mailing, recipient=row
    )
    RecipientFactory(opened_at=NOW)  # another mailing's

    page = client.get(people_url(mailing, name)).content.decode()

    assert "Anna&#x27;s &lt;b&gt;order&lt;/b&gt;" in page
    assert "Archived" in page
    # The row and its head; beside the list of those who left, the head of reasons.
    assert page.count("<tr>") == (3 if name == "unsubscribed" else 2)


def test_list_finds_by_every_word_in_any_script(client, member, mailing):
    RecipientFactory(mailing=mailing, lead=LeadFactory(contact_name="Оксана Коваль"))
    RecipientFactory(mailing=mailing, lead=LeadFactory(contact_name="Ann Smith"))

    page = client.get(people_url(mailing, "sent"), {"q": "КОВАЛЬ окс"})

    assert "Оксана Коваль" in page.content.decode()
    assert "Ann Smith" not in page.content.decode()


def test_list_goes_on_after_the_last_row(client, member, mailing):
    RecipientFactory.create_batch(51, mailing=mailing)

    first = client.get(people_url(mailing, "sent")).content.decode()
    after = re.search(r'rel="next" href="(\?after=\d+)"', first)[1]
    second = client.get(people_url(mailing, "sent") + after).content.decode()

    assert (first.count("<tr>"), second.count("<tr>")) == (51, 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_takes_the_same_queries_for_any_number_of_rows(
    client, member, mailing, rows, django_assert_num_queries
):
    RecipientFactory.create_batch(rows, mailing=mailing)

    # Session, user, mailing, rows, count, hits by who knows whom.
    with django_assert_num_queries(6):
        client.get(people_url(mailing, "sent"))


def test_exports_hold_the_same_people_and_no_formulas(client, member, mailing):
    RecipientFactory(mailing=mailing, lead=LeadFactory(title="=1+1"))
    RecipientFactory(mailing=mailing, lead=LeadFactory(title="Ліхтарі"))
    url = reverse("results:people-export", args=[mailing.pk, "sent", "csv"])

    text = b"".join(client.get(url).streaming_content).decode("utf-8-sig")
    xlsx = b"".join(client.get(url[:-3] + "xlsx").streaming_content)
    book = load_workbook(io.BytesIO(xlsx))

    assert [row["title"] for row in csv.DictReader(io.StringIO(text))] == [
        "'=1+1",
        "Ліхтарі",
    ]
    assert [row[1] for row in book.active.iter_rows(values_only=True)] == [
        "title",
        "'=1+1",
        "Ліхтарі",
    ]


def test_export_of_what_a_server_answered_leaves_control_characters_out(
    client, member, mailing
):
    RecipientFactory(
        mailing=mailing, fate="failed", sent_at=None, error="550 \x1b[1mno\x07"
    )
    url = reverse("results:people-export", args=[mailing.pk, "failed", "xlsx"])

    xlsx = b"".join(client.get(url).streaming_content)

    rows = list(load_workbook(io.BytesIO(xlsx)).active.iter_rows(values_only=True))
    assert "550 [1mno" in rows[1][-1]


def test_overview_lists_started_mailings_with_their_figures(client, member, mailing):
    RecipientFactory(mailing=mailing, clicked_at=NOW)
    MailingFactory(name="A draft")

    page = client.get(reverse("results:overview")).content.decode()

    assert mailing.name in page
    assert "A draft" not in page
    assert "100%" in page


@pytest.mark.parametrize("count", [1, 3])
def test_overview_takes_the_same_queries_for_any_number_of_mailings(
    client, member, count, django_assert_num_queries
):
    MailingFactory.create_batch(count, started_at=NOW)

    with django_assert_num_queries(6):  # session, user, count, mailings, 2 figures
        client.get(reverse("results:overview"))


URLS = [
    ("results:overview", []),
    ("results:definitions", []),
    ("results:smart-buttons", [1]),
    ("results:people", [1, "sent"]),
    ("results:people-export", [1, "sent", "csv"]),
]


@pytest.mark.parametrize(("name", "args"), URLS)
def test_pages_are_for_people_with_the_right(client, name, args):
    mailing = MailingFactory(started_at=NOW)
    args = [mailing.pk, *args[1:]] if args else args
    url = reverse(name, args=args)

    assert client.get(url).status_code == 302
    client.force_login(UserFactory(role="sales_user"))
    assert client.get(url).status_code == 404
    client.force_login(UserFactory(role="marketing_user"))
    assert client.get(url).status_code == 200
    assert client.post(url).status_code == 405


@pytest.mark.parametrize("name", ["quotations", "nonsense"])
def test_lists_of_unknown_figures_do_not_exist(client, member, mailing, name):
    assert client.get(people_url(mailing, name)).status_code == 404
