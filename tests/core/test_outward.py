from __future__ import annotations

import socket

import pytest

from tests.nameserver import asked_by_everybody
from tests.webserver import Page, serving
from winback.core import outward
from winback.core.outward import Answer, Finding, ask, is_public

ANYBODY = lambda _address: True  # noqa: E731 - the tests' servers are on loopback


@pytest.fixture
def web(monkeypatch):
    with serving() as server:
        monkeypatch.setattr(outward, "PORTS", frozenset({server.port}))
        yield server


@pytest.fixture
def names():
    with asked_by_everybody() as server:
        server.addresses["shop.test"] = ["127.0.0.1"]
        yield server


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
        ("shop.test", False),
        ("", False),
    ],
)
def test_is_public(address, public):
    assert is_public(address) is public


def test_ask_tells_type_and_size_of_what_is_there(web, names):
    web.pages["/a.png"] = Page(headers={"Content-Type": "image/png"}, body=b"x" * 1234)

    answer = ask(f"http://shop.test:{web.port}/a.png", may_reach=ANYBODY)

    assert answer == Answer(
        finding=Finding.ALIVE, status=200, content_type="image/png", size_bytes=1234
    )
    assert web.asked == [("HEAD", "/a.png", f"shop.test:{web.port}")]


@pytest.mark.parametrize(
    ("page", "finding"),
    [
        (Page(404), "gone"),
        (Page(410), "gone"),
        (Page(403), "refused"),
        (Page(429), "refused"),
        (Page(500), "broken"),
        (Page(200, head_status=405), "alive"),
        (Page(200, head_status=404), "alive"),
        (Page(200, head_status=503), "alive"),
    ],
)
def test_ask_judges_the_status_and_tries_get_where_head_fails(
    web, names, page, finding
):
    web.pages["/"] = page

    assert ask(f"http://shop.test:{web.port}/", may_reach=ANYBODY).finding == finding


def test_ask_follows_redirects_and_ends_in_circles(web, names):
    web.pages["/old"] = Page(301, {"Location": "/new?q=ä"})
    web.pages["/new?q=%C3%A4"] = Page()
    web.pages["/round"] = Page(302, {"Location": "/round"})
    base = f"http://shop.test:{web.port}"

    assert ask(f"{base}/old", may_reach=ANYBODY).finding == Finding.ALIVE
    assert ask(f"{base}/round", may_reach=ANYBODY).finding == Finding.BROKEN


@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({"Location": "http://["}, Answer(finding=Finding.BROKEN)),
        ({"Location": "http://\xe9\x00/"}, Answer(finding=Finding.NO_HOST)),
        ({"Location": "//shop.test:x/"}, Answer(finding=Finding.NOT_ASKED)),
    ],
)
def test_ask_a_server_that_redirects_to_nonsense(web, names, headers, answer):
    web.pages["/"] = Page(302, headers)

    assert ask(f"http://shop.test:{web.port}/", may_reach=ANYBODY) == answer


@pytest.mark.parametrize("size", ["9" * 30, "9" * 5000, "-1", "١٢"])
def test_ask_a_server_that_tells_no_size_that_could_be_one(web, names, size):
    headers = {"Content-Length": size.encode().decode("latin-1")}
    web.pages["/"] = Page(200, headers)

    answer = ask(f"http://shop.test:{web.port}/", may_reach=ANYBODY)

    assert (answer.finding, answer.size_bytes) == (Finding.ALIVE, None)


def test_ask_never_reaches_into_our_own_network(web, names):
    names.addresses["rebound.test"] = ["93.184.216.34", "127.0.0.1"]
    web.pages["/"] = Page()

    for host in ("shop.test", "rebound.test", "127.0.0.1", "[::1]"):
        answer = ask(f"http://{host}:{web.port}/")
        assert answer == Answer(finding=Finding.NOT_ASKED)

    assert web.asked == []


def test_ask_judges_where_a_redirect_leads(web, names):
    """The first server is allowed, what it points at is not."""
    names.addresses["inside.test"] = ["127.0.0.2"]
    web.pages["/"] = Page(302, {"Location": f"http://inside.test:{web.port}/secret"})

    answer = ask(f"http://shop.test:{web.port}/", may_reach=lambda a: a == "127.0.0.1")

    assert answer.finding == Finding.NOT_ASKED
    assert [path for _method, path, _host in web.asked] == ["/"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.test/",
        "file:///etc/passwd",
        "http://user:secret@shop.test/",
        "http://shop.test:22/",
        "http://shop.test:99999/",
        "http://",
        "http://[::1",
        "mailto:a@shop.test",
        "",
    ],
)
def test_ask_takes_web_addresses_only(names, url):
    assert ask(url, may_reach=ANYBODY) == Answer(finding=Finding.NOT_ASKED)


def test_ask_a_name_that_does_not_exist(names):
    assert ask("https://nowhere.test/").finding == Finding.NO_HOST


def test_ask_a_silent_name_server(names, monkeypatch):
    names.is_silent = True
    monkeypatch.setattr(outward, "DNS_SECONDS", 0.2)

    assert ask("https://shop.test/").finding == Finding.NO_ANSWER


def test_ask_a_silent_server_is_not_waited_for(names, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(outward, "PORTS", frozenset({port}))

        answer = ask(f"http://shop.test:{port}/", may_reach=ANYBODY, seconds=0.3)

    assert answer.finding == Finding.NO_ANSWER


def test_ask_a_server_without_tls_by_https(web, names):
    answer = ask(f"https://shop.test:{web.port}/", may_reach=ANYBODY, seconds=2)

    assert answer.finding == Finding.NO_ANSWER
