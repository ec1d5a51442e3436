"""SIGTERM to a worker: mails in hand get their answers, nothing is uncertain."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger

pytestmark = pytest.mark.faults
RECIPIENTS = 3000


def test_stop_worker_in_the_middle_leaves_nothing_uncertain(
    build: Callable[..., House], tell: Tell
) -> None:
    house = build()
    house.open(RECIPIENTS)
    ledger = Ledger(house, RECIPIENTS)
    house.sink.pause = lambda: 0.02
    house.start("beat")
    worker = house.start("worker")
    ledger.wait_until(lambda _: len(house.sink.mails) >= RECIPIENTS // 10)

    worker.stop()
    stopped = ledger.check()
    house.start("worker")
    ledger.wait_until_sent()

    assert stopped["sent"] < RECIPIENTS
    assert (stopped["handing_over"], stopped["uncertain"]) == (0, 0)
    tell(ledger.assert_right())
