"""A worker that stands still for longer than its lease, and then goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger

pytestmark = pytest.mark.faults
RECIPIENTS = 2500
PAUSE_SECONDS = 33.0  # the lease is 30


def test_worker_that_slept_hands_nothing_over_that_others_took(
    build: Callable[..., House], servers: dict[str, object], tell: Tell
) -> None:
    house = build(
        database_url=servers["database"].url, broker_url=servers["broker"].url
    )
    house.open(RECIPIENTS)
    house.sink.pause = lambda: 0.05
    house.start("beat")
    sleeper = house.start("worker")
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: len(house.sink.mails) > RECIPIENTS // 5)

    sleeper.send_signal(signal.SIGSTOP)
    house.start("worker")
    ledger.watch(seconds=PAUSE_SECONDS)
    sleeper.send_signal(signal.SIGCONT)
    ledger.wait_until_sent()

    # What had begun when it fell asleep: the server may have given up by then.
    ledger.most_uncertain = house.connections
    tell(ledger.assert_right())
