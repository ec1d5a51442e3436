"""A whole mailing through a server that does everything wrong."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.clocks import Clock
from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger, is_settled
from tests.faults.temper import LEAVES_UNKNOWN, MISDEEDS, Temper

pytestmark = pytest.mark.faults
SEED = int(os.environ.get("WINBACK_TEST_FAULT_SEED", "1"))
RECIPIENTS = 1000
QUIET_SECONDS = 1.0
LEAP_SECONDS = 900.0


@pytest.mark.parametrize("chunking", [[], ["CHUNKING"]], ids=["data", "chunks"])
def test_mailing_through_a_server_in_a_bad_temper(
    build: Callable[..., House], tell: Tell, tmp_path: Path, chunking: list[str]
) -> None:
    """Instead of waiting for a rest or a retry the clock is put forward."""
    clock = Clock(tmp_path / "clock")
    house = build(settings=clock.settings, timeout=1)
    house.open(RECIPIENTS)
    temper = Temper(random.Random(SEED))
    house.sink.script = temper
    house.sink.features += tuple(chunking)
    house.start("beat")
    house.start("worker")
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: house.sink.mails)

    leaps = 0
    while not is_settled(ledger.check()):
        heard = len(house.sink.commands)
        ledger.watch(seconds=QUIET_SECONDS)
        if len(house.sink.commands) == heard:
            leaps += 1
            clock.set_wrong(leaps * LEAP_SECONDS)
        assert leaps < 200, house.logs()
    fates = ledger.wait_until_sent()

    ledger.most_uncertain = temper.may_be_unknown()
    tell(ledger.assert_right())
    # A no that was followed by a broken connection may be asked for once more.
    failed = house.select("SELECT address FROM mailings_recipient WHERE fate='failed'")
    assert {address for (address,) in failed} <= temper.refused
    assert fates["failed"] > 0
    happened = {moment for moment, _ in temper.did}
    # A chunk is neither asked for nor in halves for our script to break off.
    assert happened == MISDEEDS.keys() - ({"DATA", "half"} if chunking else set())
    assert len({misdeed for misdeed in temper.did if misdeed in LEAVES_UNKNOWN}) > 1
