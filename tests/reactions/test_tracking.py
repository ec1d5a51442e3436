from datetime import timedelta

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.factories import NOW, RecipientFactory, TrackedLinkFactory

from winback.core.tokens import sign
from winback.mailings.models import Recipient
from winback.reactions.models import Hit
from winback.reactions.services import hits
from winback.reactions.views import tracking

pytestmark = pytest.mark.django_db
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.fixture(autouse=True)
def _no_remembered_links(monkeypatch):
    tracking._known_url.cache_clear()
    monkeypatch.setattr(tracking, "wake_judge", lambda: None)


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


def test_open_pixel_stores_the_hit_raw_and_is_not_cached(client, recipient):
    response = client.get(
        pixel(recipient), HTTP_USER_AGENT=BROWSER, REMOTE_ADDR="203.0.113.9"
    )

    assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
    assert "no-store" in response["Cache-Control"]
    assert response.cookies.output() == ""
    stored = Hit.objects.get()
    assert (stored.kind, stored.method, stored.user_agent) == ("open", "GET", BROWSER)
    assert stored.ip_prefix == "203.0.113.0/24"
    assert (stored.verdict, stored.rules_version) == ("unknown", 0)


def test_open_pixel_takes_one_insert_and_no_other_query(
    client, recipient, django_assert_num_queries
):
    url = pixel(recipient)
    with django_assert_num_queries(3):  # a savepoint in tests, INSERT, its release
        client.get(url)


def test_open_pixel_of_a_forged_token_answers_the_same_and_stores_nothing(
    client, recipient
):
    true = client.get(pixel(recipient))
    forged = client.get(f"/t/o/{sign('view', recipient.pk)}.gif")

    assert (forged.status_code, forged.content) == (200, true.content)
    assert list(forged.headers.items()) == list(true.headers.items())
    assert Hit.objects.count() == 1


def test_follow_link_leads_on_and_stores_a_click(client, recipient, link):
    response = client.get(click(recipient, link), HTTP_USER_AGENT=BROWSER)

    assert (response.status_code, response["Location"]) == (302, link.url)
    stored = Hit.objects.get()
    assert (stored.kind, stored.link, stored.recipient) == ("click", link, recipient)


def test_follow_link_in_other_scripts_keeps_its_meaning(client, recipient):
    link = TrackedLinkFactory(url="https://shop.example/товар?q=قیمت")

    response = client.get(click(recipient, link))

    assert response["Location"] == (
        "https://shop.example/%D1%82%D0%BE%D0%B2%D0%B0%D1%80?q=%D9%82%DB%8C%D9%85%D8%AA"
    )


def test_follow_link_by_head_leads_on_and_is_a_machines(client, recipient, link):
    response = client.head(click(recipient, link), HTTP_USER_AGENT=BROWSER)

    hits.judge_waiting_hits()
    assert response.status_code == 302
    assert Hit.objects.get().verdict == "machine"
    recipient.refresh_from_db()
    assert recipient.clicked_at is None
    assert recipient.machine_clicked_at is not None


def test_follow_dynamic_link_leads_to_the_signed_address(client, recipient, link):
    target = "https://shop.example/?name=Anna&x=1"
    token = sign("click", recipient.pk, link.pk, extra=target)

    response = client.get(f"/t/c/{token}", {"u": target})

    assert (response.status_code, response["Location"]) == (302, target)
    assert Hit.objects.count() == 1


def test_follow_dynamic_link_with_another_address_leads_nowhere(
    client, recipient, link
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
    assert Hit.objects.count() == 0


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
def test_follow_link_that_is_no_web_address_leads_nowhere(client, recipient, url):
    link = TrackedLinkFactory(url=url)

    response = client.get(click(recipient, link))

    assert (response.status_code, response.has_header("Location")) == (404, False)
    assert Hit.objects.count() == 0


def test_follow_link_of_an_unknown_link_leads_nowhere(client, recipient):
    response = client.get(f"/t/c/{sign('click', recipient.pk, 987654)}")

    assert response.status_code == 404
    assert Hit.objects.count() == 0


def test_follow_link_of_a_test_mail_leads_on_without_a_trace(client, link):
    response = client.get(f"/t/c/{sign('click', 0, link.pk)}")

    assert response.status_code == 302
    assert Hit.objects.count() == 0


@settings(
    max_examples=200,
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
def test_forged_tokens_register_nothing_and_never_redirect(client, token, target):
    answers = [
        client.get(reverse("reactions:follow-link", args=[token]), {"u": target}),
        client.get(reverse("reactions:open-pixel", args=[token])),
    ]

    assert answers[0].status_code == 404
    assert [answer.has_header("Location") for answer in answers] == [False, False]
    assert Hit.objects.count() == 0


@pytest.mark.parametrize("cut", range(1, 18))
def test_truncated_tokens_register_nothing(client, recipient, link, cut):
    assert client.get(click(recipient, link)[:-cut]).status_code == 404
    client.get(pixel(recipient)[: -4 - cut] + ".gif")

    assert Hit.objects.count() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_tracking_answers_reading_methods_only(client, recipient, link, method):
    for url in (pixel(recipient), click(recipient, link)):
        assert getattr(client, method)(url).status_code == 405

    assert Hit.objects.count() == 0


def test_a_hit_that_cannot_be_stored_does_not_stop_the_reader(
    client, recipient, link, monkeypatch
):
    def broken(*_args, **_kwargs):
        raise RuntimeError("database away")

    monkeypatch.setattr(tracking, "record_hit", broken)

    assert client.get(click(recipient, link)).status_code == 302
    assert client.get(pixel(recipient)).status_code == 200


def make_hit(recipient, kind="open", *, after=0, link=None, agent=BROWSER, **changes):
    fields = {
        "recipient": recipient,
        "kind": kind,
        "link": link,
        "at": NOW + timedelta(seconds=after),
        "method": "GET",
        "user_agent": agent,
    }
    return Hit.objects.create(**(fields | changes))


def test_judging_sets_the_first_dates_of_people_and_of_machines_apart(recipient, link):
    make_hit(recipient, agent="GoogleImageProxy", after=1)
    make_hit(recipient, after=20)
    make_hit(recipient, after=10)
    make_hit(recipient, "click", link=link, after=30)

    assert hits.judge_waiting_hits() == 1

    recipient.refresh_from_db()
    assert recipient.machine_opened_at == NOW + timedelta(seconds=1)
    assert recipient.opened_at == NOW + timedelta(seconds=10)
    assert recipient.clicked_at == NOW + timedelta(seconds=30)
    assert recipient.machine_clicked_at is None
    recipient.lead.refresh_from_db()
    assert recipient.lead.last_engaged_at == NOW + timedelta(seconds=30)


def test_judging_takes_a_click_back_when_the_rest_of_the_burst_comes(recipient, link):
    others = [TrackedLinkFactory(content=link.content, position=n) for n in (901, 902)]
    make_hit(recipient, "click", link=link)
    hits.judge_waiting_hits()
    recipient.refresh_from_db()
    assert recipient.clicked_at == NOW
    for other in others:
        make_hit(recipient, "click", link=other, after=1)

    hits.judge_waiting_hits()

    recipient.refresh_from_db()
    assert (recipient.clicked_at, recipient.machine_clicked_at) == (None, NOW)


def test_judging_again_changes_nothing(recipient, link):
    make_hit(recipient, "click", link=link)
    hits.judge_waiting_hits()

    assert hits.judge_waiting_hits() == 0
    assert hits.rejudge_all([recipient.pk]) == (1, 0)


def test_rejudging_mends_what_older_rules_said(recipient):
    make_hit(recipient, agent="curl/8", verdict="person", rules_version=1)
    Recipient.objects.filter(pk=recipient.pk).update(opened_at=NOW)

    assert hits.rejudge_all([recipient.pk]) == (1, 1)

    recipient.refresh_from_db()
    assert (recipient.opened_at, recipient.machine_opened_at) == (None, NOW)
