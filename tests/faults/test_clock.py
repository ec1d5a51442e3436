"""Somebody sets the clock while a mailing runs: it goes on as if nothing were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.clocks import Clock
from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger

pytestmark = pytest.mark.faults
RECIPIENTS = 2400
HOUR = 3600.0


@pytest.mark.parametrize("hours", [-2, 3])
def test_clock_that_is_set_changes_nothing(
    build: Callable[..., House], tell: Tell, tmp_path: Path, hours: int
) -> None:
    clock = Clock(tmp_path / "clock")
    house = build(settings=clock.settings)
    house.open(RECIPIENTS)
    house.sink.pause = lambda: 0.03
    house.start("beat")
    house.start("worker")
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: len(house.sink.mails) > RECIPIENTS // 4)

    clock.set_wrong(hours * HOUR)
    ledger.wait_until_sent(seconds=90)  # the clock does not come right meanwhile

    tell(ledger.assert_right())
