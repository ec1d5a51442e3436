from __future__ import annotations

import dataclasses

import pytest
import time_machine
from django.urls import reverse

from tests.factories import NOW, LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.content.models import OutsideAddress, Picture
from winback.content.tasks import ask_outside_addresses
from winback.mailings import services
from winback.mailings.checks import Level
from winback.mailings.checks.outside import outside_report
from winback.mailings.contents import main_version

pytestmark = pytest.mark.django_db
BODY = (
    '<img src="https://shop.test/lamp.png" alt="Lamp">'
    '<a href="https://shop.test/lamp#top">Lamp</a>'
    '<a href="https://shop.test/lamp">Once more</a>'
    '<a href="https://shop.test/{{ lead.company }}">Yours</a>'
    '<a href="#">Later</a>'
)
LINK, PICTURE = "https://shop.test/lamp", "https://shop.test/lamp.png"


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def woken(monkeypatch):
    """How often a worker was woken up."""
    calls = []
    monkeypatch.setattr(ask_outside_addresses, "delay", lambda: calls.append(1))
    return calls


@pytest.fixture
def ana(client):
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user


@pytest.fixture
def draft(ana):
    LeadFactory(email="ann@example.org")
    return services.create_mailing(
        {
            "subject": "Back",
            "body_kind": "html",
            "body": BODY,
            "from_address": "ana@winback.test",
        },
        by=ana,
        now=NOW,
    )


def report(mailing, **given):
    return outside_report(
        mailing, now=NOW, wake=lambda: None, **{"is_first": False} | given
    )


def answer(url, finding, **given):
    OutsideAddress.objects.filter(url=url).update(
        finding=finding, tried_at=NOW, **given
    )


def told(mailing, **given):
    return {line.key: line for line in report(mailing, **given).lines}


def test_report_waits_until_every_address_was_asked(draft):
    first = report(draft, is_first=True)

    assert first.is_waiting
    assert [line.key for line in first.lines] == ["domain"]
    assert sorted(OutsideAddress.objects.values_list("url", flat=True)) == [
        LINK,
        PICTURE,
    ]
    answer(LINK, "alive", status=200)
    assert report(draft).is_waiting
    answer(PICTURE, "alive", status=200, size_bytes=40_000)
    last = report(draft)
    assert (last.is_waiting, [(x.key, x.level) for x in last.lines]) == (
        False,
        [("alive", Level.GOOD), ("weight", Level.GOOD)],
    )


@pytest.mark.parametrize(
    ("findings", "level", "text", "details"),
    [
        (
            ("alive", "refused"),
            Level.GOOD,
            "2 links and pictures were tried and work.",
            [],
        ),
        (
            ("gone", "alive"),
            Level.WARN,
            "1 address does not work.",
            [f"{LINK} – nothing is there (404)"],
        ),
        (
            ("no_host", "bad_cert"),
            Level.WARN,
            "2 addresses do not work.",
            [
                f"{LINK} – there is no such host (404)",
                f"{PICTURE} – its certificate is not valid (404)",
            ],
        ),
        (
            ("alive", "no_answer"),
            Level.WARN,
            "Some addresses did not answer within a few seconds.",
            [PICTURE],
        ),
        (
            ("no_answer", "no_answer"),
            Level.UNKNOWN,
            "Links and pictures: not tried, nothing outside answers from here.",
            [],
        ),
    ],
)
def test_alive(draft, findings, level, text, details):
    report(draft)
    for url, finding in zip((LINK, PICTURE), findings, strict=True):
        answer(url, finding, status=404)

    line = told(draft)["alive"]

    assert (line.level, line.text, line.details) == (level, text, details)


@pytest.mark.parametrize(
    ("size", "level", "details"),
    [
        (499_000, Level.GOOD, []),
        (600_000, Level.WARN, ["lamp.png: 600 KB"]),
    ],
)
def test_weight(draft, size, level, details):
    report(draft)
    answer(LINK, "alive")
    answer(PICTURE, "alive", size_bytes=size)

    line = told(draft)["weight"]

    assert (line.level, line.details) == (level, details)


def test_weight_of_our_own_pictures_is_known_without_asking(draft, settings):
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, public_url="https://crm.test"
    )
    Picture.objects.create(
        name="lamp.png", width=9, height=9, size_bytes=1_200_000, created_at=NOW
    )
    content = main_version(draft).contents.get()
    content.body = BODY.replace(PICTURE, "https://crm.test/i/lamp.png")
    content.save(update_fields=["body"])
    report(draft)
    answer(LINK, "alive")

    assert told(draft)["weight"].level == Level.WARN


def test_what_did_not_answer_in_time_is_left_out_at_the_last_turn(draft):
    report(draft)
    answer(LINK, "alive")

    last = report(draft, is_last=True)

    assert last.is_waiting
    assert [line.text for line in last.lines] == [
        "1 link or picture was tried and works."
    ]


def test_nothing_is_asked_where_it_is_switched_off(draft, settings):
    settings.CONFIG = dataclasses.replace(settings.CONFIG, asks_outside=False)

    line = told(draft)["alive"]

    assert line.level == Level.UNKNOWN
    assert OutsideAddress.objects.count() == 0


def test_page_asks_again_until_all_is_known_and_sums_it_up(
    client, draft, woken, django_capture_on_commit_callbacks
):
    url = reverse("mailings:check-outside", args=[draft.pk])
    with django_capture_on_commit_callbacks(execute=True):
        first = client.post(url, {"turn": "0", "bad": "1", "warn": "2"})
    answer(LINK, "gone")
    answer(PICTURE, "alive", size_bytes=1)

    last = client.post(url, {"turn": "1", "bad": "1", "warn": "2", "amber": "0"})

    assert woken == [1]
    assert "every" not in first.content.decode()
    assert 'hx-trigger="load delay:1s"' in first.content.decode()
    assert "1 thing blocks, 3 to look at." in last.content.decode()
    assert "hx-trigger" not in last.content.decode()


def test_page_gives_up_on_a_worker_that_is_busy(client, draft, woken):
    url = reverse("mailings:check-outside", args=[draft.pk])

    page = client.post(url, {"turn": "20"}).content.decode()

    assert "the worker is busy" in page
    assert "hx-trigger" not in page


def test_page_asks_dead_addresses_once_more(client, draft, woken):
    report(draft)
    answer(LINK, "gone")
    answer(PICTURE, "alive")

    client.post(
        reverse("mailings:check-outside", args=[draft.pk]), {"turn": "0", "again": "1"}
    )

    tried = dict(OutsideAddress.objects.values_list("url", "finding"))
    assert tried == {LINK: "", PICTURE: "alive"}
