"""SIGTERM to a worker: mails in hand get their answers, nothing is uncertain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.house import House, Ledger, is_settled

pytestmark = pytest.mark.faults
RECIPIENTS = 3000
STOP_SECONDS = 15  # the run itself ends within two; Celery and Python take theirs


def test_stop_worker_in_the_middle_leaves_nothing_uncertain(tmp_path: Path) -> None:
    with running(ScriptedServer()) as sink:
        house = House(tmp_path, sink.port)
        ledger = Ledger(house, RECIPIENTS)
        try:
            house.open(RECIPIENTS)
            worker = house.start_worker()
            ledger.wait_until(lambda _: len(sink.mails) >= RECIPIENTS // 10)
            worker.terminate()
            worker.wait(STOP_SECONDS)
            stopped = ledger.check()
            house.start_worker()
            ledger.wait_until(is_settled)
        finally:
            house.close()

    assert stopped["sent"] < RECIPIENTS
    assert (stopped["handing_over"], stopped["uncertain"]) == (0, 0)
    received = [recipient for _, recipient, _ in sink.mails]
    ledger.assert_each_once(received, most_uncertain=0)
