"""Link gateways: what they do with a mail's addresses wins nobody and loses nobody."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from itertools import count
from urllib.parse import urljoin, urlsplit

import pytest
from django.utils import timezone
from tests.factories import NOW, RecipientFactory, TrackedLinkFactory

from winback.consent.models import BlacklistEntry, OptOut
from winback.delivery.links import click_url, open_url, unsubscribe_url, view_url
from winback.mailings.models import Recipient
from winback.reactions.models import Hit, PagePress
from winback.reactions.services import hits
from winback.reactions.views import unsubscribe

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
BROWSERS_HEADERS = {
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9",
    "HTTP_ORIGIN": "null",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_SITE": "same-origin",
    "HTTP_SEC_FETCH_USER": "?1",
    "HTTP_UPGRADE_INSECURE_REQUESTS": "1",
}
PROOFPOINT, HOME = "67.231.152.9", "203.0.113.9"


class Forms(HTMLParser):
    """The forms of a page with every field and every button they have."""

    def __init__(self, html):
        super().__init__()
        self.found: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            is_hidden = "hidden" in values
            action = values.get("action") or ""
            form = {"action": action, "fields": {}, "is_hidden": is_hidden}
            self.found.append(form)
        name = values.get("name")
        is_field = tag in {"input", "button", "select", "textarea"}
        if self.found and is_field and name:
            fields = self.found[-1]["fields"]
            fields.setdefault(name, []).append(values.get("value") or "on")


class Gateway:
    """Asks every address of a mail, and sends whatever form it finds.

    ``depth`` says for how many answers in a row it goes on with their forms.
    """

    def __init__(self, client, recipient, links, *, agent, address, **headers):
        self.client = client
        self.who = {"HTTP_USER_AGENT": agent, "REMOTE_ADDR": address, **headers}
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

    def send_forms(self, *, depth=1, order=iter, sees_hidden=True):
        sent = 0
        for url, page in zip(self.urls, self.ask("get"), strict=True):
            sent += self._send(url, page, depth, order, sees_hidden=sees_hidden)
        return sent

    def _send(self, url, page, depth, order, *, sees_hidden):
        if not depth or not page.headers.get("Content-Type", "").startswith("text/h"):
            return 0
        sent = 0
        for form in order(Forms(page.content.decode()).found):
            if form["is_hidden"] and not sees_hidden:
                continue
            action = path_of(urljoin(url, form["action"]))
            data = {name: values[0] for name, values in form["fields"].items()}
            # Each button once, all other fields as they stand.
            buttons = order(form["fields"].get("wish", [None]))
            for pressed in [{"wish": value} if value else {} for value in buttons]:
                answer = self.client.post(action, data | pressed, **self.who)
                sent += 1 + self._send(
                    url, answer, depth - 1, order, sees_hidden=sees_hidden
                )
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


@pytest.fixture
def slow_clock(monkeypatch):
    """Each look at the clock is two seconds later: this gateway takes its time."""
    seconds = count(step=2)
    start = timezone.now()
    monkeypatch.setattr(
        unsubscribe.timezone, "now", lambda: start + timedelta(seconds=next(seconds))
    )


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


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize(
    ("address", "headers"),
    [(PROOFPOINT, {}), (HOME, {}), (HOME, BROWSERS_HEADERS)],
    ids=["gateway", "home", "like-a-browser"],
)
def test_gateway_that_sends_every_form_unsubscribes_nobody(
    client, recipient, links, stored_hits, agent, address, headers
):
    gateway = Gateway(client, recipient, links, agent=agent, address=address, **headers)

    sent = gateway.send_forms()

    assert sent > 0  # else there was nothing to press
    assert nobody_is_unsubscribed()
    assert verdicts(stored_hits) == {"machine"}
    assert "person" not in set(PagePress.objects.values_list("verdict", flat=True))


@pytest.mark.parametrize("order", [iter, reversed], ids=["first", "last"])
@pytest.mark.parametrize("sees_hidden", [True, False], ids=["all", "shown"])
def test_gateway_that_goes_on_with_the_answers_unsubscribes_nobody(
    client, recipient, links, stored_hits, order, sees_hidden, slow_clock
):
    gateway = Gateway(
        client, recipient, links, agent=CHROME, address=HOME, **BROWSERS_HEADERS
    )

    sent = gateway.send_forms(depth=2, order=order, sees_hidden=sees_hidden)

    assert sent >= 8  # forms of the page, and those of its answers
    assert nobody_is_unsubscribed()
    assert verdicts(stored_hits) == {"machine"}


@pytest.mark.parametrize("order", [iter, reversed], ids=["first", "last"])
def test_gateway_that_looks_at_nothing_but_the_page_unsubscribes_nobody(
    client, recipient, links, order, slow_clock
):
    gateway = Gateway(
        client, recipient, links, agent=CHROME, address=HOME, **BROWSERS_HEADERS
    )
    gateway.urls = [unsubscribe_url(recipient.pk)]

    sent = gateway.send_forms(depth=2, order=order)

    assert sent >= 8
    assert nobody_is_unsubscribed()


def test_clicks_of_a_visitor_that_presses_what_nobody_sees_are_a_machines(
    client, recipient, links, stored_hits
):
    click = {"kind": "click", "link": links[0], "method": "GET", "user_agent": CHROME}
    home = {"ip_prefix": "203.0.113.0/24"}
    at = timezone.now()
    Hit.objects.create(recipient=recipient, at=at, **click, **home)
    Hit.objects.create(recipient=recipient, at=at, **click, ip_prefix="192.0.2.0/24")
    hits.judge_waiting_hits()
    gateway = Gateway(client, recipient, [], agent=CHROME, address=HOME)
    gateway.urls = [unsubscribe_url(recipient.pk)]

    gateway.send_forms()

    assert list(Hit.objects.order_by("pk").values_list("verdict")) == [
        ("machine",),
        ("person",),
    ]


def test_gateway_that_tries_other_methods_changes_nothing(
    client, recipient, links, stored_hits
):
    gateway = Gateway(client, recipient, links, agent=CHROME, address=HOME)

    for method in ("options", "put", "patch", "delete"):
        answers = gateway.ask(method)
        assert {answer.status_code for answer in answers} == {405}

    assert stored_hits() == []
    assert nobody_is_unsubscribed()
