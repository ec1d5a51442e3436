"""Which server takes whose mail: by the From domain, and never another one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from tests.delivery.conftest import NOW, due_mailing, fates
from tests.delivery.smtp_script import ScriptedServer, running
from tests.factories import LeadFactory
from winback.delivery.engine.run import open_run
from winback.delivery.holds import hold_server
from winback.delivery.models import DeliveryRun
from winback.delivery.rules.limits import Limit
from winback.delivery.senders import NoSenderError, read_senders, sender_for, senders
from winback.delivery.services import send_test, start_mailing, tell_senderless
from winback.delivery.services.testing import TestNotSentError
from winback.delivery.smtp.servers import LoopbackOnlyError, ServerUrlError
from winback.delivery.turns import runs_wanted
from winback.mailings.checks import check_mailing
from winback.mailings.models import Mailing

Sending = Callable[..., Mailing]


def read(*urls: str, is_demo: bool = False):
    return read_senders(urls, hello_name="me.test", is_demo=is_demo)


@pytest.fixture
def configured(settings) -> Callable[[str], None]:
    def configure(urls: str, *, demo: bool = True) -> None:
        settings.CONFIG = dataclasses.replace(
            settings.CONFIG, demo=demo, email_url=urls
        )

    return configure


@pytest.fixture
def two(configured) -> Iterator[tuple[ScriptedServer, ScriptedServer]]:
    """A server for shop.example, and one for the rest."""
    with running(ScriptedServer()) as shop, running(ScriptedServer()) as rest:
        configured(
            f"smtp://127.0.0.1:{shop.port}?name=shop&domains=shop.example"
            f" smtp://127.0.0.1:{rest.port}?name=rest"
        )
        yield shop, rest


def test_read_senders_all_options_are_read() -> None:
    (sender,) = read(
        "smtp+tls://me:p%40ss@mx.test:587?name=news&domains=a.example, B.Example"
        "&per_hour=500&per_day=5000&warmup=2026-11-20&connections=3&timeout=9"
    )

    assert (sender.key, sender.options.domains) == ("news", {"a.example", "b.example"})
    assert sender.limit == Limit(
        per_hour=500, per_day=5000, warmup_on=date(2026, 11, 20)
    )
    server = sender.server
    assert (server.host, server.port, server.password) == ("mx.test", 587, "p@ss")
    assert (server.connections, server.command_seconds) == (3, 9)


def test_read_senders_without_options_is_called_after_its_server() -> None:
    (sender,) = read("smtp://mx.test")

    assert (sender.key, sender.options.domains, sender.limit) == (
        "mx.test:25",
        frozenset(),
        Limit(),
    )


@pytest.mark.parametrize(
    ("urls", "problem"),
    [
        (("smtp://a.test", "smtp://b.test"), "only one sender can be without domains="),
        (
            ("smtp://a.test?domains=x.test", "smtp://b.test?domains=y.test,x.test"),
            "two senders serve x.test",
        ),
        (
            ("smtp://a.test?domains=x.test", "smtp://a.test"),
            "two senders are called a.test:25: give each a name=",
        ),
        (("smtp://a.test?name=a b",), "name takes up to 60 of A-Z a-z 0-9 . _ -"),
        (("smtp://a.test?domains=",), "domains is a list like a.example,b.example"),
        (("smtp://a.test?domains=shop",), "domains is a list like a.example,b.example"),
        (("smtp://a.test?per_hour=0",), "per_hour is a number from 1 to 100000000"),
        (("smtp://a.test?per_day=1e9",), "per_day is a number from 1 to 100000000"),
        (("smtp://a.test?warmup=today",), "warmup is a day like 2026-11-20"),
        (("smtp://a.test?lemit=5",), "no such option: lemit"),
        ((), "no sender is named"),
    ],
)
def test_read_senders_wrong_says_so(urls: tuple[str, ...], problem: str) -> None:
    with pytest.raises(ServerUrlError) as caught:
        read(*urls)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("a@shop.example", "shop"),
        ("a@SHOP.example", "shop"),
        ("a@крамниця.example", "cyrillic"),
        ("a@news.shop.example", "rest"),  # exactly the domain, not what is below
        ("a@other.example", "rest"),
        ("", "rest"),
    ],
)
def test_sender_for_goes_by_the_domain(configured, address: str, key: str) -> None:
    configured(
        "smtp://127.0.0.1:1?name=shop&domains=shop.example"
        " smtp://127.0.0.1:2?name=cyrillic&domains=крамниця.example"
        " smtp://127.0.0.1:3?name=rest"
    )

    assert sender_for(address).key == key


def test_sender_for_nobody_serves_is_never_another_one(configured) -> None:
    configured("smtp://127.0.0.1:1?domains=shop.example")

    with pytest.raises(NoSenderError) as caught:
        sender_for("a@other.example")

    assert (
        "no sender is set up for mail from other.example" in str(caught.value).lower()
    )


def test_senders_in_demo_mode_none_leaves_the_machine(configured) -> None:
    configured("smtp://127.0.0.1:1?domains=a.test smtp://mx.example.com:25")

    for sender in senders():
        with pytest.raises(LoopbackOnlyError):
            sender.server.refuse_foreign("mx.example.com")


@pytest.mark.django_db
def test_work_each_mailing_goes_through_its_own_sender(two, sending: Sending) -> None:
    shop, rest = two
    ours = sending(2, from_address="hi@shop.example", frequency_cap_days=0)
    theirs = sending(1, from_address="hi@other.example", frequency_cap_days=0)

    for mailing in (ours, theirs):
        run = open_run(mailing.pk, clock=lambda: NOW)
        assert run is not None
        run.work(seconds=10)

    assert (len(shop.mails), len(rest.mails)) == (2, 3)
    runs = dict(DeliveryRun.objects.values_list("mailing_id", "sender"))
    assert runs == {ours.pk: "shop", theirs.pk: "rest"}


@pytest.mark.django_db
def test_work_a_resting_sender_holds_up_its_own_mailings_only(
    two, sending: Sending
) -> None:
    ours = sending(1, from_address="hi@shop.example")
    theirs = sending(1, from_address="hi@other.example")
    hold_server("shop", reason="421 no", now=NOW)

    assert runs_wanted(now=NOW) == {theirs.pk: 1}
    assert open_run(ours.pk, clock=lambda: NOW) is None


@pytest.mark.django_db
def test_send_test_goes_through_the_mailings_sender(two) -> None:
    shop, rest = two
    mailing = due_mailing(state="draft", from_address="hi@shop.example")

    send_test(
        mailing,
        to="me@winback.test",
        lead=LeadFactory(),
        language="",
        by=mailing.responsible,
        now=NOW,
    )

    assert (len(shop.mails), len(rest.mails)) == (1, 0)


@pytest.mark.django_db
def test_no_sender_refuses_test_check_and_start(configured) -> None:
    configured("smtp://127.0.0.1:1?domains=shop.example")
    lead = LeadFactory()
    mailing = due_mailing(from_address="hi@other.example")

    with pytest.raises(TestNotSentError):
        send_test(
            mailing,
            to="me@winback.test",
            lead=lead,
            language="",
            by=mailing.responsible,
            now=NOW,
        )
    lines = {line.key: line for line in check_mailing(mailing, now=NOW).lines}
    started = start_mailing(mailing, now=NOW)

    line = lines["mail_server"]
    assert (line.level, line.cure) == ("bad", "id_from_address")
    mailing.refresh_from_db()
    assert (started, mailing.state, fates(mailing)) == (False, "draft", {})
    assert mailing.state_reason == line.text


@pytest.mark.django_db
def test_check_wrong_address_of_the_server_blocks_and_says_why(configured) -> None:
    LeadFactory()
    mailing = due_mailing(state="draft")
    configured("smtp://127.0.0.1 smtp://127.0.0.2")

    lines = {line.key: line for line in check_mailing(mailing, now=NOW).lines}

    assert (lines["mail_server"].level, lines["mail_server"].text) == (
        "bad",
        "WINBACK_EMAIL_URL cannot be used: only one sender can be without domains=.",
    )


@pytest.mark.django_db
def test_sender_taken_away_meanwhile_waits_and_says_why(
    scripted, configured, sending: Sending
) -> None:
    mailing = sending(1, from_address="hi@other.example")
    before = senders()[0].server.port
    configured("smtp://127.0.0.1:1?domains=shop.example")

    assert (runs_wanted(now=NOW), open_run(mailing.pk, clock=lambda: NOW)) == ({}, None)
    assert [tell_senderless(), tell_senderless()] == [1, 0]
    mailing.refresh_from_db()
    assert mailing.state == "sending"
    assert "other.example" in mailing.state_reason
    configured(f"smtp://127.0.0.1:{before}")
    run = open_run(mailing.pk, clock=lambda: NOW)
    assert run is not None
    run.work(seconds=10)
    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("sent", "")
