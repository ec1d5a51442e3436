from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.content.frames import in_colours
from winback.mailings import services
from winback.mailings.preview import (
    foreign_pictures,
    turned_round,
    without_pictures,
)

pytestmark = pytest.mark.django_db
HTML = (
    "<html><head><style>@media screen and (prefers-color-scheme: dark){p{color:red}}"
    "@media (Prefers-Color-Scheme:light){p{color:blue}}</style>"
    '<meta name="color-scheme" content="light dark"></head>'
    '<body background="https://else.test/bg.png">'
    '<img alt="Lamp" src="https://else.test/a.png?x=1&amp;y=2">'
    '<img src="http://127.0.0.1:8000/media/own.png">'
    "<div style=\"background-image:url('https://else.test/b.png')\">x</div></body></html>"
)


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


@pytest.fixture
def draft(ana):
    LeadFactory(email="ann@example.org", contact_name="Ann Li")
    return services.create_mailing(
        {
            "subject": "Back, {{ lead.first_name }}",
            "preheader": "For {{ lead.first_name }} at last",
            "body_kind": "html",
            "body": '<p>Hello</p><img alt="Lamp" src="https://else.test/a.png">',
            "from_name": "Ana",
            "from_address": "ana@winback.test",
        },
        by=ana,
        now=timezone.now(),
    )


def page(client, draft, name="mailing-preview", **query):
    return client.get(reverse(f"mailings:{name}", args=[draft.pk]), query)


def test_in_colours_settles_every_question_of_the_scheme():
    dark, light = in_colours(HTML, dark=True), in_colours(HTML, dark=False)

    assert "@media screen and (min-width:0px){p{color:red}}" in dark
    assert "@media (max-width:0px){p{color:blue}}" in dark
    assert 'content="dark"' in dark
    assert "@media screen and (max-width:0px){p{color:red}}" in light
    assert "@media (min-width:0px){p{color:blue}}" in light
    assert 'content="light"' in light


def test_turned_round_is_put_into_the_head():
    assert turned_round(HTML).count("invert(1)") == 2
    assert turned_round(HTML).index("invert(1)") < turned_round(HTML).index("</head>")


def test_foreign_pictures_are_those_of_other_servers(settings):
    ours = settings.CONFIG.public_url
    html = HTML.replace("http://127.0.0.1:8000", ours)

    assert {url.rpartition("/")[2] for url in foreign_pictures(html)} == {
        "bg.png",
        "a.png?x=1&amp;y=2",
        "b.png",
    }
    taken = without_pictures(html, ours_too=False)
    assert "else.test" not in taken
    assert f'src="{ours}/media/own.png"' in taken
    assert ours not in without_pictures(html, ours_too=True)


def test_frame_asks_no_other_server_unless_pictures_are_loaded(client, draft):
    off = page(client, draft, "mailing-frame")
    on = page(client, draft, "mailing-frame", pictures="load")

    assert "else.test" not in off.content.decode()
    assert "https:" not in off["Content-Security-Policy"]
    assert 'src="https://else.test/a.png"' in on.content.decode()
    assert "img-src https: http: data:" in on["Content-Security-Policy"]
    assert on["Referrer-Policy"] == "no-referrer"


def test_page_says_how_many_pictures_are_not_loaded(client, draft):
    text = "1 picture of another server is not loaded."

    assert text in page(client, draft).content.decode()
    assert text not in page(client, draft, pictures="load").content.decode()


def test_page_shows_the_mail_as_it_stands_in_the_inbox(client, draft):
    shown = page(client, draft).content.decode()

    assert shown.count("Back, Ann") == 2
    assert shown.count("For Ann at last") == 2


def test_inbox_shows_the_first_words_where_there_is_no_preheader(client, draft):
    draft.versions.get().contents.update(preheader="")

    assert page(client, draft).content.decode().count("Hello") == 2


@pytest.mark.parametrize(
    ("mode", "frame", "said"),
    [
        ("light", "preview/mail/", ""),
        ("dark", "preview/mail/", "follow the mail&#x27;s own dark colours"),
        ("forced-dark", "preview/mail/", "Simulated"),
        ("text", "preview/mail/", ""),
        ("source", "preview/source/", "The whole mail as it would be sent."),
        ("<script>", "preview/mail/", ""),
    ],
)
def test_page_in_every_mode(client, draft, mode, frame, said):
    shown = page(client, draft, mode=mode).content.decode()

    assert f"/mailings/{draft.pk}/{frame}?mode=" in shown
    assert said.replace("&#x27;", "'") in shown.replace("&#x27;", "'")
    assert "<script>" not in shown.partition("<main")[2]


def test_people_found_lead_to_their_preview(client, draft):
    lead = LeadFactory(contact_name="Bob <i>")

    found = page(client, draft, "preview-people", q="bob", mode="dark")

    text = found.content.decode()
    assert f"lead={lead.pk}" in text
    assert "mode=dark" in text
    assert "Bob &lt;i&gt;" in text
    assert "q=bob" not in text


def test_people_not_found_are_said_to_be(client, draft):
    found = page(client, draft, "preview-people", q="zzz").content.decode()

    assert "Nobody in the audience is called like this." in found
    assert page(client, draft, "preview-people").content.decode().strip() == ""


def test_cases_lead_to_their_preview(client, draft):
    text = page(client, draft, "preview-cases").content.decode()

    assert "Longest name" in text
    assert "case=longest_name" in text


def test_page_of_broken_rules_says_so(client, draft):
    draft.rules = {"field": "nothing", "op": "set"}
    draft.save(update_fields=["rules"])

    assert "A rule cannot be evaluated" in page(client, draft).content.decode()
    for name in ("preview-people", "preview-cases"):
        assert page(client, draft, name, q="a").status_code == 200
