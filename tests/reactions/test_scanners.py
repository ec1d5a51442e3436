"""Link gateways: what they do with a mail's addresses wins nobody and loses nobody."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from tests.factories import NOW, RecipientFactory, TrackedLinkFactory

from winback.consent.models import BlacklistEntry, OptOut
from winback.delivery.links import click_url, open_url, unsubscribe_url, view_url
from winback.mailings.models import Recipient
from winback.reactions.models import Hit
from winback.reactions.services import hits

pytestmark = pytest.mark.django_db
BARRACUDA = "Barracuda Sentinel (EE)"
SAFE_LINKS = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) "
    "BingPreview/1.0b"
)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
AGENTS = [
    pytest.param(BARRACUDA, id="barracuda"),
    pytest.param(SAFE_LINKS, id="bingpreview"),
    pytest.param(CHROME, id="like-a-browser"),
]
PROOFPOINT, HOME = "67.231.152.9", "203.0.113.9"


class Forms(HTMLParser):
    """The forms of a page with every field and every button they have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            self.found.append({"action": values.get("action") or "", "fields": {}})
        name = values.get("name")
        is_field = tag in {"input", "button", "select", "textarea"}
        if self.found and is_field and name:
            fields = self.found[-1]["fields"]
            fields.setdefault(name, []).append(values.get("value") or "on")


class Gateway:
    """Asks every address of a mail, and sends whatever form it finds."""

    def __init__(self, client, recipient, links, *, agent, address):
        self.client = client
        self.who = {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address}
        self.urls = [
            open_url(recipient.pk),
            *(click_url(recipient.pk, link.pk) for link in links),
            unsubscribe_url(recipient.pk),
            view_url(recipient.pk),
        ]

    def ask(self, method):
        return [
            getattr(self.client, method)(path_of(url), **self.who) for url in self.urls
        ]

    def send_forms(self):
        sent = 0
        for url, page in zip(self.urls, self.ask("get"), strict=True):
            if not page.headers.get("Content-Type", "").startswith("text/html"):
                continue
            for form in Forms(page.content.decode()).found:
                action = path_of(urljoin(url, form["action"]))
                # Each button and choice once, all other fields as they stand.
                for name, values in form["fields"].items():
                    for value in values:
                        data = {one: all_[0] for one, all_ in form["fields"].items()}
                        self.client.post(action, data | {name: value}, **self.who)
                        sent += 1
        return sent


def path_of(url):
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture
def recipient(links):
    version = links[0].content.version
    return RecipientFactory(mailing=version.mailing, version=version, sent_at=NOW)


@pytest.fixture
def links():
    first = TrackedLinkFactory(url="https://shop.example/1", position=0)
    return [
        first,
        *(
            TrackedLinkFactory(
                content=first.content, url=f"https://shop.example/{n}", position=n
            )
            for n in (1, 2)
        ),
    ]


def nobody_is_unsubscribed():
    return not (
        OptOut.objects.exists()
        or BlacklistEntry.objects.exists()
        or Recipient.objects.filter(unsubscribed_at__isnull=False).exists()
    )


def verdicts(stored_hits):
    stored_hits()
    hits.judge_waiting_hits()
    return set(Hit.objects.values_list("verdict", flat=True))


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("address", [PROOFPOINT, HOME], ids=["gateway", "home"])
def test_gateway_that_asks_by_head_and_then_follows_all_is_a_machine(
    client, recipient, links, stored_hits, agent, address
):
    gateway = Gateway(client, recipient, links, agent=agent, address=address)

    gateway.ask("head")
    gateway.ask("get")

    assert verdicts(stored_hits) == {"machine"}
    recipient.refresh_from_db()
    assert (recipient.opened_at, recipient.clicked_at) == (None, None)
    assert nobody_is_unsubscribed()


@pytest.mark.parametrize("agent", AGENTS)
def test_gateway_that_follows_all_links_is_a_machine_however_it_calls_itself(
    client, recipient, links, stored_hits, agent
):
    Gateway(client, recipient, links, agent=agent, address=HOME).ask("get")

    assert verdicts(stored_hits) == {"machine"}
    assert nobody_is_unsubscribed()


@pytest.mark.parametrize("agent", AGENTS[:2])
def test_gateway_that_sends_every_form_unsubscribes_nobody(
    client, recipient, links, stored_hits, agent
):
    gateway = Gateway(client, recipient, links, agent=agent, address=PROOFPOINT)

    sent = gateway.send_forms()

    assert sent > 0  # else there was nothing to press
    assert nobody_is_unsubscribed()
    assert verdicts(stored_hits) == {"machine"}


def test_gateway_that_tries_other_methods_changes_nothing(
    client, recipient, links, stored_hits
):
    gateway = Gateway(client, recipient, links, agent=CHROME, address=HOME)

    for method in ("options", "put", "patch", "delete"):
        answers = gateway.ask(method)
        assert {answer.status_code for answer in answers} == {405}

    assert stored_hits() == []
    assert nobody_is_unsubscribed()
