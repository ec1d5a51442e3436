from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import NOW
from tests.nameserver import asked_by_everybody
from tests.webserver import Page, serving
from winback.content.models import OutsideAddress
from winback.content.outside import ask_waiting, forget, look_up
from winback.core import outward

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def shop(monkeypatch):
    """The base address of a shop that stands on loopback."""
    with serving() as server, asked_by_everybody() as names:
        names.addresses["shop.test"] = ["127.0.0.1"]
        monkeypatch.setattr(outward, "PORTS", frozenset({server.port}))
        server.base = f"http://shop.test:{server.port}"
        yield server


def looked_up(*urls, now=NOW):
    woken = []
    rows = look_up(urls, now=now, wake=lambda: woken.append(1))
    return rows, woken


def test_look_up_asks_a_worker_once_and_knows_the_answer_then(
    shop, django_capture_on_commit_callbacks
):
    shop.pages["/a"] = Page(body=b"12345")
    urls = [f"{shop.base}/a", f"{shop.base}/gone"]

    with django_capture_on_commit_callbacks(execute=True):
        rows, woken = looked_up(*urls)
    with django_capture_on_commit_callbacks(execute=True):
        _rows, woken_again = looked_up(*urls)
    asked = ask_waiting(now=NOW, may_reach=lambda _address: True)
    known, _woken = looked_up(*urls)

    assert [row.tried_at for row in rows] == [None, None]
    assert (woken, woken_again, asked) == ([1], [], 2)
    assert [(row.url, row.finding, row.size_bytes) for row in known] == [
        (urls[0], "alive", 5),
        (urls[1], "gone", 0),
    ]
    assert [row.is_dead for row in known] == [False, True]
    assert ask_waiting(now=NOW) == 0


def test_ask_waiting_never_asks_inside_our_network(shop):
    looked_up(f"{shop.base}/a")

    assert ask_waiting(now=NOW) == 1
    assert OutsideAddress.objects.get().finding == "not_asked"
    assert shop.asked == []


@pytest.mark.parametrize(
    ("finding", "after", "count"),
    [
        ("alive", 23 * HOUR, 0),
        ("alive", 25 * HOUR, 1),
        ("gone", HOUR / 12, 0),
        ("gone", HOUR / 4, 1),
    ],
)
def test_what_is_known_is_asked_anew_when_it_is_old(shop, finding, after, count):
    looked_up(f"{shop.base}/a")
    OutsideAddress.objects.update(tried_at=NOW, finding=finding)

    looked_up(f"{shop.base}/a", now=NOW + after)

    assert ask_waiting(now=NOW + after) == count


def test_forget_keeps_what_works(shop):
    looked_up(f"{shop.base}/a", f"{shop.base}/b")
    OutsideAddress.objects.filter(url__endswith="a").update(finding="alive")

    forget([f"{shop.base}/a", f"{shop.base}/b"])

    assert [row.url for row in OutsideAddress.objects.all()] == [f"{shop.base}/a"]


def test_what_nobody_asks_for_is_forgotten_after_months(shop):
    looked_up(f"{shop.base}/a")

    ask_waiting(now=NOW + timedelta(days=91))

    assert OutsideAddress.objects.count() == 0
