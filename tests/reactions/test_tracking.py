from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.factories import RecipientFactory, TrackedLinkFactory

from winback.core.tokens import sign
from winback.reactions import answers, collector
from winback.reactions.models import Hit
from winback.reactions.quick import TrackingFirst, quick_answer
from winback.reactions.services import hits

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


class FrontClient:
    """Asks the application as the web server does, and Django only where it must."""

    def __init__(self, django):
        self.django = django

    def get(self, path, data=None, **environ):
        return self._ask("GET", path, data, environ)

    def head(self, path, data=None, **environ):
        return self._ask("HEAD", path, data, environ)

    def __getattr__(self, name):
        return getattr(self.django, name)

    def _ask(self, method, path, data, extra):
        factory = RequestFactory()
        environ = factory.generic(method, path, QUERY_STRING=urlencode(data or {}))
        environ = environ.META | extra
        answers = []

        def django(_environ, start_response):
            answer = self.django.generic(
                method, path, QUERY_STRING=urlencode(data or {}), **extra
            )
            start_response(f"{answer.status_code} .", list(answer.items()))
            return [answer.content]

        def start_response(status, lines):
            answers.append((int(status.partition(" ")[0]), lines))

        body = b"".join(TrackingFirst(django)(environ, start_response))
        ((status, lines),) = answers
        return HttpResponse(body, status=status, headers=dict(lines))


@pytest.fixture(params=["django", "front"])
def client(request, client, monkeypatch):
    """Both ways to an answer: Django's view, and what stands in front of it."""
    monkeypatch.setattr(collector, "start", lambda: None)
    return client if request.param == "django" else FrontClient(client)


@pytest.fixture
def recipient():
    return RecipientFactory()


@pytest.fixture
def link():
    return TrackedLinkFactory(url="https://shop.example/%D0%B0?a=1&b=%20#x")


def pixel(recipient):
    return f"/t/o/{sign('open', recipient.pk)}.gif"


def click(recipient, link):
    return f"/t/c/{sign('click', recipient.pk, link.pk)}"


def test_open_pixel_stores_the_hit_raw_and_is_not_cached(
    client, recipient, stored_hits
):
    response = client.get(
        pixel(recipient), HTTP_USER_AGENT=BROWSER, REMOTE_ADDR="203.0.113.9"
    )

    assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
    assert "no-store" in response["Cache-Control"]
    assert response.cookies.output() == ""
    (stored,) = stored_hits()
    assert (stored.kind, stored.method, stored.user_agent) == ("open", "GET", BROWSER)
    assert stored.ip_prefix == "203.0.113.0/24"
    assert (stored.verdict, stored.rules_version) == ("unknown", 0)


def test_pixels_and_links_known_once_take_no_query(
    client, recipient, link, django_assert_num_queries
):
    with django_assert_num_queries(1):  # where this link leads
        client.get(click(recipient, link))
    with django_assert_num_queries(0):
        client.get(click(recipient, link))
        client.get(pixel(recipient))


def test_known_link_is_answered_in_front_of_django(rf, recipient, link):
    path = click(recipient, link)
    environ = rf.get(path).META

    assert quick_answer(environ) is None
    answers.stored_location(link.pk)
    assert quick_answer(environ).headers["Location"] == link.url


@pytest.mark.parametrize("client", ["front"], indirect=True)
def test_both_ways_give_the_same_headers(client, recipient, link):
    for path in (pixel(recipient), click(recipient, link)):
        client.django.get(path)  # the link is known from here on
        front, django = client.get(path), client.django.get(path)

        by_language = {"Vary", "Content-Language"}  # of pages, not of these
        expected = {k: v for k, v in django.items() if k not in by_language}
        assert dict(front.items()) == expected | {
            "Content-Length": str(len(django.content))
        }


def test_open_pixel_of_a_forged_token_answers_the_same_and_stores_nothing(
    client, recipient, stored_hits
):
    true = client.get(pixel(recipient))
    forged = client.get(f"/t/o/{sign('view', recipient.pk)}.gif")

    assert (forged.status_code, forged.content) == (200, true.content)
    assert list(forged.headers.items()) == list(true.headers.items())
    assert len(stored_hits()) == 1


def test_follow_link_leads_on_and_stores_a_click(client, recipient, link, stored_hits):
    response = client.get(click(recipient, link), HTTP_USER_AGENT=BROWSER)

    assert (response.status_code, response["Location"]) == (302, link.url)
    (stored,) = stored_hits()
    assert (stored.kind, stored.link, stored.recipient) == ("click", link, recipient)


def test_follow_link_in_other_scripts_keeps_its_meaning(client, recipient):
    link = TrackedLinkFactory(url="https://shop.example/товар?q=قیمت")

    response = client.get(click(recipient, link))

    assert response["Location"] == (
        "https://shop.example/%D1%82%D0%BE%D0%B2%D0%B0%D1%80?q=%D9%82%DB%8C%D9%85%D8%AA"
    )


def test_follow_link_by_head_leads_on_and_is_a_machines(
    client, recipient, link, stored_hits
):
    response = client.head(click(recipient, link), HTTP_USER_AGENT=BROWSER)

    (stored,) = stored_hits()
    hits.judge_waiting_hits()
    stored.refresh_from_db()
    assert (response.status_code, stored.verdict) == (302, "machine")
    recipient.refresh_from_db()
    assert recipient.clicked_at is None
    assert recipient.machine_clicked_at is not None


def test_follow_dynamic_link_leads_to_the_signed_address(
    client, recipient, link, stored_hits
):
    target = "https://shop.example/?name=Anna&x=1"
    token = sign("click", recipient.pk, link.pk, extra=target)

    response = client.get(f"/t/c/{token}", {"u": target})

    assert (response.status_code, response["Location"]) == (302, target)
    assert len(stored_hits()) == 1


def test_follow_dynamic_link_with_another_address_leads_nowhere(
    client, recipient, link, stored_hits
):
    token = sign("click", recipient.pk, link.pk, extra="https://shop.example/")
    static = sign("click", recipient.pk, link.pk)

    answers = [
        client.get(f"/t/c/{token}", {"u": "https://evil.example/"}),
        client.get(f"/t/c/{token}"),
        client.get(f"/t/c/{static}", {"u": "https://evil.example/"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert [answer.has_header("Location") for answer in answers] == [False] * 3
    assert stored_hits() == []


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/",
        "https:///x",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "mailto:a@b.example",
        "http://[::1",
        "",
    ],
)
def test_follow_link_that_is_no_web_address_leads_nowhere(
    client, recipient, url, stored_hits
):
    link = TrackedLinkFactory(url=url)

    response = client.get(click(recipient, link))

    assert (response.status_code, response.has_header("Location")) == (404, False)
    assert stored_hits() == []


def test_follow_link_of_an_unknown_link_leads_nowhere(client, recipient, stored_hits):
    response = client.get(f"/t/c/{sign('click', recipient.pk, 987654)}")

    assert response.status_code == 404
    assert stored_hits() == []


def test_follow_link_of_a_test_mail_leads_on_without_a_trace(client, link, stored_hits):
    response = client.get(f"/t/c/{sign('click', 0, link.pk)}")

    assert response.status_code == 302
    assert stored_hits() == []


@settings(
    max_examples=100,  # and both ways
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    token=st.text(
        st.characters(exclude_characters="/\n", exclude_categories=["Cs"]), min_size=1
    )
    | st.from_regex(r"[A-Za-z0-9_-]{1,70}", fullmatch=True),
    target=st.sampled_from(["", "https://evil.example/", "//evil.example"]),
)
@example(token="..", target="https://evil.example/")
def test_forged_tokens_register_nothing_and_never_redirect(
    client, token, target, stored_hits
):
    answers = [
        client.get(reverse("reactions:follow-link", args=[token]), {"u": target}),
        client.get(reverse("reactions:open-pixel", args=[token])),
    ]

    assert answers[0].status_code == 404
    assert [answer.has_header("Location") for answer in answers] == [False, False]
    assert stored_hits() == []


@pytest.mark.parametrize("cut", range(1, 18))
def test_truncated_tokens_register_nothing(client, recipient, link, cut, stored_hits):
    assert client.get(click(recipient, link)[:-cut]).status_code == 404
    client.get(pixel(recipient)[: -4 - cut] + ".gif")

    assert stored_hits() == []


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_tracking_answers_reading_methods_only(
    client, recipient, link, method, stored_hits
):
    for url in (pixel(recipient), click(recipient, link)):
        assert getattr(client, method)(url).status_code == 405

    assert stored_hits() == []


def test_a_hit_that_the_journal_does_not_take_goes_to_the_database(
    client, recipient, link, monkeypatch
):
    monkeypatch.setattr(answers, "keep_hit", full_disk)

    assert client.get(click(recipient, link)).status_code == 302
    assert client.get(pixel(recipient)).status_code == 200
    kinds = Hit.objects.order_by("at").values_list("kind", flat=True)
    assert list(kinds) == ["click", "open"]


def test_a_hit_that_can_be_kept_nowhere_does_not_stop_the_reader(
    client, recipient, link, monkeypatch
):
    monkeypatch.setattr(answers, "keep_hit", full_disk)
    monkeypatch.setattr(answers, "store_lines", full_disk)

    assert client.get(click(recipient, link)).status_code == 302
    assert client.get(pixel(recipient)).status_code == 200


def full_disk(_hits):
    raise OSError("no space left on the disk")
