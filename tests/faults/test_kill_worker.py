"""kill -9 of a real worker in the middle of a mailing.

3,000 recipients keep the suite quick; WINBACK_TEST_FAULT_RECIPIENTS=20000 runs
the same at full size.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.house import House, Ledger, is_settled

pytestmark = pytest.mark.faults
RECIPIENTS = int(os.environ.get("WINBACK_TEST_FAULT_RECIPIENTS", "3000"))
KILLS = 3


def test_kill_worker_in_the_middle_nobody_twice_nobody_missing(
    tmp_path: Path,
) -> None:
    with running(ScriptedServer()) as sink:
        house = House(tmp_path, sink.port)
        ledger = Ledger(house, RECIPIENTS)
        try:
            house.open(RECIPIENTS)
            for number in range(1, KILLS + 1):
                worker = house.start_worker()
                enough = RECIPIENTS * number // (KILLS + 1)
                ledger.wait_until(lambda _, enough=enough: len(sink.mails) >= enough)
                house.kill(worker)
                ledger.check()
            house.start_worker()
            ledger.wait_until(is_settled)
            state = ledger.house.select("SELECT state FROM mailings_mailing")
        finally:
            house.close()

    received = [recipient for _, recipient, _ in sink.mails]
    ledger.assert_each_once(received, most_uncertain=KILLS * house.connections)
    assert state == [("sent",)] or ledger.check()["uncertain"] == 0
    assert ledger.looks > 20
