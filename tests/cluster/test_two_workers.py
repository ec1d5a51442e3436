"""Two workers share one mailing on PostgreSQL and Redis."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.house import House, Ledger, is_settled

pytestmark = pytest.mark.cluster
RECIPIENTS = 6000


@pytest.fixture
def house(tmp_path: Path, postgresql_url: str, redis_url: str):
    with running(ScriptedServer()) as sink:
        house = House(
            tmp_path, sink.port, database_url=postgresql_url, broker_url=redis_url
        )
        house.sink = sink
        yield house
        house.close()


def runs_by_process(house: House) -> dict[int, int]:
    """How many rows each worker process has sent."""
    return dict(
        house.select(
            "SELECT run.pid, count(*) FROM mailings_recipient row"
            " JOIN delivery_deliveryrun run ON run.id = row.run_id"
            " WHERE row.fate = 'sent' GROUP BY run.pid"
        )
    )


def test_two_workers_one_mailing_each_address_once(house: House) -> None:
    house.open(RECIPIENTS)
    house.start_worker(beat=False)
    house.start_worker(beat=False)
    house.start_beat()
    ledger = Ledger(house, RECIPIENTS)

    ledger.wait_until(is_settled)

    received = [recipient for _, recipient, _ in house.sink.mails]
    ledger.assert_each_once(received, most_uncertain=0)
    shares = runs_by_process(house)
    assert len(shares) == 2
    assert min(shares.values()) > RECIPIENTS // 20


def test_two_workers_one_killed_changes_nothing_but_the_rate(house: House) -> None:
    house.open(RECIPIENTS)
    killed = house.start_worker(beat=False)
    house.start_worker(beat=False)
    house.start_beat()
    ledger = Ledger(house, RECIPIENTS)

    ledger.wait_until(lambda _: len(house.sink.mails) > RECIPIENTS // 3)
    house.kill(killed)
    ledger.wait_until(is_settled)

    received = [recipient for _, recipient, _ in house.sink.mails]
    ledger.assert_each_once(received, most_uncertain=house.connections)
