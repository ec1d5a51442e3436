"""Whose limits a mail falls under: known groups, own lanes, what the DNS tells."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from tests.delivery.conftest import NOW, due_mailing
from tests.factories import LeadFactory, UserFactory
from winback.core.models import AuditEntry
from winback.delivery import exchanges
from winback.delivery.models import DomainLane, Lane
from winback.delivery.services import lanes, send_to_newcomers
from winback.delivery.services.lanes import LaneError, LaneLimits
from winback.mailings.models import Mailing, Recipient

pytestmark = pytest.mark.django_db
GOOGLE = [(1, "aspmx.l.google.com.")]


def lanes_of(mailing: Mailing) -> dict[str, str]:
    rows = mailing.recipients.exclude(address="")
    return {
        a.rpartition("@")[2]: lane for a, lane in rows.values_list("address", "lane")
    }


def test_start_gives_every_row_the_lane_of_its_domain(sending) -> None:
    for email in ("a@gmail.com", "b@web.de", "c@ukr.net", "d@own.example", ""):
        LeadFactory(email=email)

    mailing = sending(0)

    assert lanes_of(mailing) == {
        "gmail.com": "google",
        "web.de": "gmx",
        "ukr.net": "ukr.net",
        "own.example": "",
    }
    assert mailing.recipients.get(address="").lane == ""


def test_start_left_out_rows_have_no_lane(sending) -> None:
    LeadFactory(email="a@gmail.com")
    LeadFactory(email="a@gmail.com")

    rows = sending(0).recipients.order_by("pk").values_list("fate", "lane")

    assert list(rows) == [("ready", "google"), ("left_out", "")]


def test_newcomers_get_their_lanes_too(sending) -> None:
    mailing = sending(1)
    LeadFactory(email="new@gmail.com")

    send_to_newcomers(mailing, by=mailing.responsible, now=NOW)

    assert lanes_of(mailing)["gmail.com"] == "google"


def test_add_lane_waiting_mails_move_and_sent_ones_stay(sending) -> None:
    for name in ("a", "b", "c", "d"):
        LeadFactory(email=f"{name}@big.example")
    LeadFactory(email="x@notbig.example")
    mailing = sending(0)
    rows = mailing.recipients.filter(address__contains="@big.")
    first, second, third, _ = rows.order_by("address")
    Recipient.objects.filter(pk=first.pk).update(fate="sent", sent_at=NOW)
    Recipient.objects.filter(pk=second.pk).update(lane="canary/")
    done = due_mailing(state="cancelled")
    Recipient.objects.filter(pk=third.pk).update(mailing=done)
    user = UserFactory()

    lane = lanes.add_lane(" BIG.example ", by=user, now=NOW)

    assert (lane.key, lane.is_own) == ("big.example", True)
    found = dict(Recipient.objects.values_list("address", "lane"))
    assert found == {
        "a@big.example": "",
        "b@big.example": "canary/big.example",
        "c@big.example": "",
        "d@big.example": "big.example",
        "x@notbig.example": "",
    }
    entry = AuditEntry.objects.get(action="delivery.add_lane")
    assert (entry.actor, entry.details) == (user, {"domain": "big.example"})
    LeadFactory(email="later@big.example")
    send_to_newcomers(mailing, by=user, now=NOW)
    assert mailing.recipients.get(address="later@big.example").lane == "big.example"


@pytest.mark.parametrize(
    "typed", ["", "nodot", "a@b@c", "x.example, y.example", "big.example", "gmail.com"]
)
def test_add_lane_impossible_says_why_and_adds_nothing(typed: str) -> None:
    lanes.add_lane("big.example", by=UserFactory(), now=NOW)
    before = Lane.objects.count()

    with pytest.raises(LaneError):
        lanes.add_lane(typed, by=UserFactory(), now=NOW)

    assert Lane.objects.count() == before


def test_remove_lane_mails_queue_with_everybodys_again(sending) -> None:
    LeadFactory(email="a@big.example")
    mailing, user = sending(0), UserFactory()
    lane = lanes.add_lane("big.example", by=user, now=NOW)

    lanes.remove_lane(lane, by=user, now=NOW)

    assert lanes_of(mailing) == {"big.example": ""}
    assert not DomainLane.objects.filter(domain="big.example").exists()
    with pytest.raises(LaneError):
        lanes.remove_lane(Lane.objects.get(key="google"), by=user, now=NOW)
    assert DomainLane.objects.get(domain="gmail.com").lane_id == "google"


def test_set_lane_limits_only_changes_are_recorded() -> None:
    user = UserFactory()
    limits = {"google": LaneLimits(200, 2000), "yahoo": LaneLimits(None, None)}

    assert lanes.set_lane_limits(limits, by=user, now=NOW) == 1

    google = Lane.objects.get(key="google")
    assert (google.per_hour, google.per_day) == (200, 2000)
    assert AuditEntry.objects.get(action="delivery.set_lane_limits").details == {
        "lane": "google",
        "per_hour": 200,
        "per_day": 2000,
    }


def asked(answers: dict[str, object]) -> tuple[list[str], object]:
    """A resolver that knows ``answers``, and the list of what it was asked."""
    log: list[str] = []

    def ask(domain: str):
        log.append(domain)
        return answers.get(domain)

    return log, ask


def test_learn_domains_hosted_ones_share_the_groups_lane() -> None:
    for number in range(3):
        LeadFactory(email=f"p{number}@hosted.example")
    LeadFactory(email="a@own.example")
    LeadFactory(email="b@silent.example")
    LeadFactory(email="c@gmail.com")
    mailing = due_mailing()
    log, ask = asked({"hosted.example": GOOGLE, "own.example": [(1, "mx.own.example")]})

    assert lanes.learn_domains(mailing, now=NOW, ask=ask) == 2

    assert log[0] == "hosted.example"
    assert sorted(log) == ["hosted.example", "own.example", "silent.example"]
    found = DomainLane.objects.filter(source="mx").order_by("domain")
    assert list(found.values_list("domain", "lane_id", "asked_at")) == [
        ("hosted.example", "google", NOW),
        ("own.example", None, NOW),
    ]


def test_learn_domains_asks_again_after_ninety_days_only() -> None:
    LeadFactory(email="a@hosted.example")
    mailing = due_mailing()
    log, ask = asked({"hosted.example": GOOGLE})
    lanes.learn_domains(mailing, now=NOW, ask=ask)

    assert lanes.learn_domains(mailing, now=NOW + timedelta(days=89), ask=ask) == 0
    later, moved = asked({"hosted.example": []})
    assert lanes.learn_domains(mailing, now=NOW + timedelta(days=91), ask=moved) == 1
    assert (log, later) == (["hosted.example"], ["hosted.example"])
    assert DomainLane.objects.get(domain="hosted.example").lane_id is None


def test_learn_domains_what_people_set_is_not_asked_about() -> None:
    LeadFactory(email="a@big.example")
    lanes.add_lane("big.example", by=UserFactory(), now=NOW)
    log, ask = asked({})

    assert lanes.learn_domains(due_mailing(), now=NOW, ask=ask) == 0
    assert log == []


def test_learn_domains_after_the_start_waiting_rows_move(sending) -> None:
    for name in ("a", "b", "c"):
        LeadFactory(email=f"{name}@hosted.example")
    mailing = sending(0)
    first, second, _ = mailing.recipients.order_by("address")
    Recipient.objects.filter(pk=first.pk).update(fate="sent", sent_at=NOW)
    Recipient.objects.filter(pk=second.pk).update(lane="canary/")
    _, ask = asked({"hosted.example": GOOGLE})

    lanes.learn_domains(mailing, now=NOW, ask=ask)

    found = mailing.recipients.order_by("address").values_list("lane", flat=True)
    assert list(found) == ["", "canary/google", "google"]


def test_ask_all_gives_up_when_the_dns_is_away() -> None:
    domains = [f"d{number}.example" for number in range(100)]
    log, ask = asked({})

    assert list(exchanges.ask_all(domains, ask=ask)) == []
    assert len(log) == exchanges.AT_ONCE


def test_may_ask_never_in_demo_mode(settings, monkeypatch) -> None:
    monkeypatch.setattr(exchanges.dns.resolver, "get_default_resolver", object)
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=False)
    assert exchanges.may_ask() is True
    settings.CONFIG = dataclasses.replace(settings.CONFIG, demo=True)
    assert exchanges.may_ask() is False


def test_may_ask_not_without_a_resolver(settings, monkeypatch) -> None:
    def none_configured():
        raise exchanges.dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(exchanges.dns.resolver, "get_default_resolver", none_configured)

    assert exchanges.may_ask() is False
