from __future__ import annotations

import dataclasses
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.urls import reverse
from tests.web.mailbox.conftest import RAW, delivery

from winback.web.mailbox.server import running_mailbox
from winback.web.mailbox.store import MailStore

PAGES = [
    ("get", "web:mailbox", []),
    ("get", "web:mail", [1]),
    ("get", "web:mail-html", [1]),
    ("get", "web:mail-source", [1]),
    ("get", "web:mailbox-shop", []),
    ("post", "web:mailbox-clear", []),
    ("post", "web:mail-reply", [1]),
    ("post", "web:mail-vacation", [1]),
    ("post", "web:mail-one-click", [1]),
    ("post", "web:mail-bounce", [1, "hard"]),
]


@pytest.fixture
def listener(demo_mode, tmp_path):
    """What our own listener is sent: a second mailbox in its place."""
    path = tmp_path / "listener.sqlite3"
    with running_mailbox(path, port=demo_mode.inbound_port):
        yield MailStore(path)


@pytest.mark.parametrize(("method", "name", "args"), PAGES)
def test_mailbox_outside_demo_mode_is_not_found(
    visitor, settings, stored_mail, store, method, name, args
):
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=False)

    response = getattr(visitor, method)(reverse(name, args=args))

    assert (response.status_code, store.count()) == (404, 1)


@pytest.mark.parametrize(("method", "name", "args"), PAGES)
def test_mailbox_without_login_asks_for_it(
    client, db, stored_mail, store, method, name, args
):
    response = getattr(client, method)(reverse(name, args=args))

    assert (response.status_code, store.count()) == (302, 1)
    assert response.url.startswith(reverse("accounts:login"))


@pytest.mark.parametrize(("method", "name", "args"), PAGES)
def test_mailbox_wrong_method_is_refused(visitor, stored_mail, method, name, args):
    wrong = {"get": "post", "post": "get"}[method]

    assert getattr(visitor, wrong)(reverse(name, args=args)).status_code == 405


@pytest.mark.parametrize("mail_count", [1, 3])
def test_mailbox_lists_mails_without_asking_the_database(
    visitor, store, mail_count, django_assert_num_queries
):
    store.add([delivery(subject=f"Mail {n}") for n in range(mail_count)])

    with django_assert_num_queries(2):  # session, user
        response = visitor.get(reverse("web:mailbox"))

    assert response.content.decode().count('<tr id="mail-') == mail_count


def test_mailbox_search_without_a_hit_says_so(visitor, stored_mail):
    page = visitor.get(reverse("web:mailbox"), {"q": "nobody"}).content.decode()

    assert "No mail matches" in page


def test_mailbox_has_a_second_page(visitor, store):
    store.add([delivery(subject=f"Mail {n}") for n in range(51)])

    first = visitor.get(reverse("web:mailbox")).content.decode()
    second = visitor.get(reverse("web:mailbox"), {"before": 2}).content.decode()

    assert "?before=2" in first
    assert second.count('<tr id="mail-') == 1


def test_mail_page_marks_it_read_and_escapes_what_it_says(visitor, store):
    store.add(
        [dataclasses.replace(delivery(), raw=b"Subject: <script>x</script>\r\n\r\nHi")]
    )

    page = visitor.get(reverse("web:mail", args=[1])).content.decode()

    assert "<script>x" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert store.lines()[0].is_read is True


@pytest.mark.parametrize("name", ["web:mail", "web:mail-html", "web:mail-source"])
def test_mail_unknown_is_not_found(visitor, store, name):
    assert visitor.get(reverse(name, args=[7])).status_code == 404


def test_mail_html_is_as_delivered_and_locked_in(visitor, stored_mail):
    response = visitor.get(reverse("web:mail-html", args=[1]))

    assert '<a href="http://127.0.0.1:9100/t/c/x">Dana</a>' in response.content.decode()
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; img-src 'self' http://127.0.0.1:9100 data:; "
        "style-src 'unsafe-inline'; font-src 'self' http://127.0.0.1:9100; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox"
    )
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_mail_source_is_the_message_itself(visitor, stored_mail):
    assert visitor.get(reverse("web:mail-source", args=[1])).content == RAW


def test_reply_reaches_the_listener_as_the_recipient(visitor, stored_mail, listener):
    visitor.post(reverse("web:mail-reply", args=[1]), {"text": "Tell me more."})

    sent = listener.get(1)
    assert (sent.envelope_sender, sent.envelope_recipient) == (
        "dana@example.org",
        "r-abc@reply.localhost",
    )
    assert b"Tell me more." in sent.raw


@pytest.mark.parametrize("name", ["web:mail-reply", "web:mail-vacation"])
def test_answers_of_an_international_address_reach_the_listener(
    visitor, store, listener, name
):
    raw = RAW.replace(b"dana@example.org", "дана@приклад.укр".encode())
    store.add([dataclasses.replace(delivery("дана@приклад.укр"), raw=raw)])

    visitor.post(reverse(name, args=[1]), {"text": "Так"})
    visitor.post(reverse("web:mail-bounce", args=[1, "hard"]))

    assert [line.recipient for line in listener.lines()] == [
        "b-abc@reply.localhost",
        "r-abc@reply.localhost",
    ]


def test_reply_without_text_is_shown_again(visitor, stored_mail, listener):
    response = visitor.post(reverse("web:mail-reply", args=[1]), {"text": " "})

    assert (response.status_code, listener.count()) == (422, 0)


def test_vacation_notice_reaches_the_listener(visitor, stored_mail, listener):
    visitor.post(reverse("web:mail-vacation", args=[1]))

    assert b"Auto-Submitted: auto-replied" in listener.get(1).raw


def test_bounce_goes_to_the_envelope_sender_from_nobody(visitor, stored_mail, listener):
    visitor.post(reverse("web:mail-bounce", args=[1, "hard"]))

    sent = listener.get(1)
    assert (sent.envelope_sender, sent.envelope_recipient) == (
        "",
        "b-abc@reply.localhost",
    )


def test_bounce_from_the_list_leaves_the_mail_unread(
    visitor, stored_mail, store, listener
):
    response = visitor.post(
        reverse("web:mail-bounce", args=[1, "hard"]), {"from_list": "1"}
    )

    assert (response.url, listener.count()) == (reverse("web:mailbox"), 1)
    assert store.lines()[0].is_read is False


def test_bounce_of_unknown_kind_is_not_found(visitor, stored_mail, listener):
    response = visitor.post(reverse("web:mail-bounce", args=[1, "loud"]))

    assert (response.status_code, listener.count()) == (404, 0)


def test_answers_without_a_listener_say_why(visitor, stored_mail):
    response = visitor.post(
        reverse("web:mail-bounce", args=[1, "soft"]), follow=True
    ).content.decode()

    assert "That did not work" in response


def test_answers_never_go_to_another_machine(visitor, stored_mail, settings):
    settings.CONFIG = dataclasses.replace(settings.CONFIG, inbound_bind="192.0.2.1")

    response = visitor.post(
        reverse("web:mail-reply", args=[1]), {"text": "Hi"}, follow=True
    ).content.decode()

    assert "192.0.2.1 is not" in response


def test_one_click_posts_to_this_installation(visitor, store, settings):
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        own = f"http://127.0.0.1:{server.server_port}"
        settings.CONFIG = dataclasses.replace(settings.CONFIG, public_url=own)
        raw = RAW.replace(b"http://127.0.0.1:9100", own.encode())
        store.add([dataclasses.replace(delivery(), raw=raw)])
        thread = Thread(target=server.handle_request)
        thread.start()
        visitor.post(reverse("web:mail-one-click", args=[1]))
        thread.join()

    assert asked == [("/u/tok/", b"List-Unsubscribe=One-Click")]


def test_one_click_never_posts_to_a_foreign_address(visitor, store):
    raw = RAW.replace(b"http://127.0.0.1:9100", b"http://192.0.2.1")
    store.add([dataclasses.replace(delivery(), raw=raw)])

    page = visitor.post(
        reverse("web:mail-one-click", args=[1]), follow=True
    ).content.decode()

    assert "This mail offers no one-click unsubscribing." in page
    assert "http://192.0.2.1/u/tok/" not in page


def test_clear_empties_the_mailbox(visitor, stored_mail, store):
    visitor.post(reverse("web:mailbox-clear"))

    assert store.count() == 0


@pytest.mark.parametrize("below", ["", "/", "/offers?utm_source=winback"])
def test_shop_stands_for_every_page_of_the_website(visitor, demo_mode, below):
    response = visitor.get(reverse("web:mailbox-shop") + below)

    assert response.status_code == 200
    assert "Here your own website would open" in response.content.decode()
