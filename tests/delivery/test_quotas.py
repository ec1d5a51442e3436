"""Limits in the database: counted once, whoever asks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from tests.delivery.conftest import NOW
from tests.together import in_threads, needs_writers_at_once
from winback.core.sender_urls import SenderOptions
from winback.delivery.models import Lane, TokenBucket
from winback.delivery.quotas import (
    Moment,
    Quota,
    Scope,
    give_back,
    grant,
    lane_limits,
    levels_of,
    quotas_for,
    spend,
)
from winback.delivery.rules.limits import Limit
from winback.delivery.senders import Sender
from winback.delivery.smtp.servers import MailServer

SERVER = MailServer(scheme="smtp", host="127.0.0.1", port=25)


def quota(key: str = "sender:a", **limit: int) -> Quota:
    return Quota(scope=Scope.SENDER, key=key, limit=Limit(**limit))


def moment(now: datetime = NOW) -> Moment:
    return Moment.of(now)


@transaction.atomic
def take(quotas: list[Quota], wanted: int, at: Moment) -> int:
    granted = grant(quotas, wanted, at=at)
    spend(quotas, granted, granted.count, at=at)
    return granted.count


def counted() -> dict[str, int]:
    return dict(TokenBucket.objects.values_list("key", "used_on_day"))


@pytest.mark.django_db
def test_quotas_for_names_every_limit_of_a_mail() -> None:
    options = SenderOptions(per_hour=9, warmup_on=moment().today)
    sender = Sender(key="news", server=SERVER, options=options)
    Lane.objects.filter(key="google").update(per_hour=200)

    def keys(lane: str, sender: Sender) -> list[str]:
        found = quotas_for(
            lane,
            sender=sender,
            mailing_id=7,
            mails_per_hour=50,
            lanes=lane_limits(),
            today=moment().today,
        )
        return [quota.key for quota in found if quota.limit.holds_on(moment().today)]

    assert keys("canary/google", sender) == [
        "sender:news",
        "lane:google",
        "sender:news:lane:google",
        "mailing:7",
    ]
    assert keys("", Sender(key="news", server=SERVER)) == ["mailing:7"]
    assert keys("yahoo", Sender(key="news", server=SERVER)) == ["mailing:7"]


@pytest.mark.django_db
def test_take_narrowest_of_several_limits_counts_and_all_are_counted() -> None:
    quotas = [quota("a", per_day=10), quota("b", per_day=4), quota("c")]

    assert [take(quotas, 3, moment()), take(quotas, 3, moment())] == [3, 1]
    assert take(quotas, 3, moment()) == 0
    assert counted() == {"a": 4, "b": 4, "c": 4}


@pytest.mark.django_db
def test_take_a_day_later_counts_anew() -> None:
    quotas = [quota(per_day=5)]
    take(quotas, 5, moment())

    assert take(quotas, 9, moment(NOW + timedelta(days=1))) == 5
    assert counted() == {"sender:a": 5}


@pytest.mark.django_db
def test_take_day_begins_at_midnight_of_the_installation(settings) -> None:
    settings.TIME_ZONE = "Asia/Tehran"  # 3:30 ahead
    quotas, before = [quota(per_day=5)], datetime(2026, 11, 21, 20, 29, tzinfo=UTC)
    take(quotas, 5, moment(before))

    assert take(quotas, 5, moment(before)) == 0
    assert take(quotas, 5, moment(before + timedelta(minutes=1))) == 5


@pytest.mark.django_db
def test_give_back_the_mails_did_not_go() -> None:
    quotas = [quota("a", per_day=10), quota("b", per_hour=36_000)]
    take(quotas, 1, moment())
    take(quotas, 60, later := moment(NOW + timedelta(seconds=60)))

    give_back(quotas, 4, at=later)

    assert counted() == {"a": 6, "b": 6}
    assert take(quotas, 9, later) == 4


@pytest.mark.django_db
def test_levels_of_looks_and_takes_nothing() -> None:
    quotas = [quota("a", per_day=10), quota("new", per_hour=10)]
    take(quotas[:1], 3, moment())

    levels = levels_of(quotas, at=moment())

    assert (levels["a"].used_on_day, levels["new"].tokens) == (3, 1.0)
    assert counted() == {"a": 3}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("limit", "queries"), [({}, 1), ({"per_hour": 10}, 2), ({"per_day": 10}, 2)]
)
def test_take_costs_a_query_or_two(limit, queries, django_assert_num_queries) -> None:
    quotas = [quota("a", **limit), quota("b", **limit), quota("c")]
    take(quotas, 1, moment())

    at = Moment.of(NOW)

    with transaction.atomic(), django_assert_num_queries(queries):
        spend(quotas, grant(quotas, 1, at=at), 1, at=at)


@needs_writers_at_once
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_take_by_two_at_once_stays_below_the_day() -> None:
    quotas = [quota("a", per_day=100), quota("b")]

    def ask() -> int:
        return sum(take(quotas, 7, moment()) for _ in range(20))

    answers = in_threads(ask, ask, ask)

    assert sum(answers) == 100
    assert counted() == {"a": 100, "b": 100}


@needs_writers_at_once
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_take_by_two_at_once_keeps_the_hours_pace() -> None:
    per_second = 200
    quotas = [quota("a", per_hour=per_second * 3600)]
    begun_at = timezone.now()

    def ask(until: float) -> int:
        taken = 0
        while time.monotonic() < until:
            taken += take(quotas, 500, moment(timezone.now()))
            time.sleep(0.01)
        return taken

    taken = sum(in_threads(*[partial(ask, time.monotonic() + 3)] * 2))

    # The rest of what the time so far allows, however slow this machine was.
    ended_at = timezone.now()
    taken += take(quotas, 10_000, moment(ended_at))
    allowed = (ended_at - begun_at).total_seconds() * per_second
    assert abs(taken - allowed) <= allowed * 0.05
