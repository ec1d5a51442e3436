import csv
import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from tests.factories import (
    NOW,
    MailingFactory,
    RecipientFactory,
    UserFactory,
)

from winback.delivery.services.ledger import write_links
from winback.mailings.models import TrackedLink, VersionContent
from winback.reactions.models import Hit
from winback.results.clickmap import clicked_mail
from winback.results.queries.links import link_figures

pytestmark = pytest.mark.django_db
BODY = (
    "<p>Dear {{ lead.first_name }}</p>"
    '<a href="https://shop.example/lamp">The lamp</a>'
    '<a href="https://shop.example/{{ lead.first_name }}">Your page</a>'
    '<a href="{{ unsubscribe_url }}">Away</a>'
)


@pytest.fixture
def member(client):
    user = UserFactory(role="marketing_user")
    client.force_login(user)
    return user


@pytest.fixture
def mailing():
    return MailingFactory(state="sent", started_at=NOW)


@pytest.fixture
def content(mailing):
    version = mailing.versions.create(label="A")
    content = VersionContent.objects.create(
        version=version, subject="Back", body_kind="html", body=BODY
    )
    write_links(version, mailing)
    return content


@pytest.fixture
def lamp(content):
    return content.links.get(position=0)


def click(recipient, link, verdict="person", *, after=0):
    return Hit.objects.create(
        recipient=recipient,
        link=link,
        kind="click",
        at=NOW + timedelta(minutes=after),
        method="GET",
        verdict=verdict,
        rules_version=2,
    )


def test_link_figures_count_clicks_and_who_made_them(mailing, lamp):
    ann, bob, eve, gateway = (RecipientFactory(mailing=mailing) for _ in range(4))
    for recipient in (ann, bob, eve):
        recipient.clicked_at = NOW
        recipient.save(update_fields=["clicked_at"])
    click(ann, lamp, after=3)
    click(ann, lamp, after=9)
    click(bob, lamp, after=5)
    click(gateway, lamp, "machine", after=1)
    click(gateway, lamp, "unknown", after=20)
    page = lamp.content.links.get(position=1)
    click(eve, page)

    figures = {one.link.pk: one for one in link_figures(mailing)}

    of_lamp = figures[lamp.pk]
    assert (of_lamp.total, of_lamp.people, of_lamp.machines, of_lamp.unknown) == (
        5,
        2,
        1,
        1,
    )
    assert of_lamp.first_at == NOW + timedelta(minutes=3)
    assert of_lamp.last_at == NOW + timedelta(minutes=9)
    assert of_lamp.share == pytest.approx(2 / 3)
    assert figures[page.pk].share == pytest.approx(1 / 3)


@pytest.mark.parametrize("count", [1, 3])
def test_link_figures_take_three_queries(
    mailing, content, count, django_assert_num_queries
):
    for position in range(10, 10 + count):
        link = TrackedLink.objects.create(
            content=content, position=position, url="https://shop.example/"
        )
        click(RecipientFactory(mailing=mailing), link)

    with django_assert_num_queries(3):
        assert len([one for one in link_figures(mailing) if one.people]) == count


def test_links_page_shows_table_and_map(client, member, mailing, lamp):
    RecipientFactory(mailing=mailing, clicked_at=NOW)
    click(RecipientFactory(mailing=mailing, clicked_at=NOW), lamp)

    page = client.get(reverse("results:links", args=[mailing.pk])).content.decode()

    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "The lamp https://shop.example/lamp 1 50% 0 0 1" in text
    frame = reverse("results:click-map", args=[mailing.pk])
    assert f'src="{frame}?content={lamp.content_id}"' in page
    assert "sandbox" in page


def test_links_page_of_a_mailing_without_links_says_so(client, member, mailing):
    page = client.get(reverse("results:links", args=[mailing.pk]))

    assert "No tracked links" in page.content.decode()


def test_click_map_shows_the_mail_with_a_figure_on_each_link(
    client, member, mailing, lamp
):
    person = RecipientFactory(mailing=mailing, version=lamp.content.version)
    person.lead.contact_name = "<b>Ann</b> Lee"
    person.lead.save(update_fields=["contact_name"])
    click(person, lamp)
    click(RecipientFactory(mailing=mailing), lamp, "machine")

    answer = client.get(reverse("results:click-map", args=[mailing.pk]))

    html = answer.content.decode()
    badges = re.findall(r'<span title="([^"]+)"[^>]*>(\d+)</span>', html)
    assert badges == [("1 person, 1 program", "1"), ("0 people, 0 programs", "0")]
    assert "<b>Ann</b>" not in html
    assert set(re.findall(r'href="([^"]*)"', html)) == {"#link-0", "#link-1", "#"}
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_click_map_of_a_content_that_cannot_be_read_is_empty(mailing, content):
    content.body = "{% if %}"

    assert clicked_mail(mailing, content, []) == ""


def test_click_map_never_shows_another_mailings_content(
    client, member, mailing, content
):
    other = MailingFactory()

    url = reverse("results:click-map", args=[other.pk])
    answer = client.get(url, {"content": content.pk})

    assert answer.content == b""


def test_click_map_shows_the_content_that_was_chosen(client, member, mailing, content):
    other = VersionContent.objects.create(
        version=content.version,
        language="uk",
        subject="Назад",
        body_kind="html",
        body='<a href="https://shop.example/">Лампа</a>',
    )
    write_links(content.version, mailing)

    url = reverse("results:click-map", args=[mailing.pk])
    answer = client.get(url, {"content": other.pk})

    assert "Лампа" in answer.content.decode()


def test_links_export_says_the_same_and_neutralises_cells(
    client, member, mailing, lamp
):
    TrackedLink.objects.filter(pk=lamp.pk).update(label="=1+1")
    click(RecipientFactory(mailing=mailing), lamp)

    answer = client.get(reverse("results:links-export", args=[mailing.pk]))

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["label"] for row in rows] == ["'=1+1", "Your page"]
    assert (rows[0]["people"], rows[0]["clicks"], rows[0]["programs"]) == (
        "1",
        "1",
        "0",
    )
    assert rows[0]["url"] == "https://shop.example/lamp"


def test_links_page_names_the_languages_and_versions_only_if_there_are_several(
    client, member, mailing, content
):
    url = reverse("results:links", args=[mailing.pk])
    for language, label in (("de", "A"), ("de", "B")):
        version, _made = mailing.versions.get_or_create(label=label)
        version.contents.create(
            language=language, subject="Da", body_kind="html", body=BODY
        )
        write_links(version, mailing)
        if label == "A":
            alone = client.get(url).content.decode()

    page = client.get(url).content.decode()

    badges = re.compile(r'<span class="badge">([^<]+)</span>')
    assert set(badges.findall(alone)) == {"Everybody else", "German"}
    assert set(badges.findall(page)) == {
        "A · Everybody else",
        "A · German",
        "B · German",
    }
