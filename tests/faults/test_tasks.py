"""The broker tells everything many times over, or forgets it all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import redis
from celery import Celery

from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger

pytestmark = pytest.mark.faults
RECIPIENTS = 4200  # enough for both workers to be at work
COPIES = 25


def test_tasks_told_many_times_or_lost_change_nothing(
    build: Callable[..., House], servers: dict[str, object], tell: Tell
) -> None:
    house = build(
        database_url=servers["database"].url, broker_url=servers["broker"].url
    )
    house.open(RECIPIENTS)
    house.sink.pause = lambda: 0.05
    house.start("beat")
    for _ in range(2):
        house.start("worker")
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: house.sink.mails)
    broker = redis.Redis.from_url(house.broker_url)

    with Celery(broker=house.broker_url) as celery:
        for task, arguments in (
            ("delivery.wake", ()),
            ("delivery.recover", ()),
            ("delivery.take_turn", ()),
        ) * COPIES:
            celery.send_task(task, arguments)
    ledger.wait_until(lambda fates: fates["sent"] > RECIPIENTS // 3)
    waiting = broker.llen("celery")
    broker.flushall()
    ledger.wait_until_sent()

    assert waiting > 0
    tell(ledger.assert_right())
