"""Two workers on PostgreSQL and Redis share the limits of a sender and of a lane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from servers import PostgresqlServer, RedisServer, temporary

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.house import House
from tests.faults.ledger import Ledger

pytestmark = pytest.mark.cluster
RECIPIENTS = 400
PER_SECOND = 40


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """An installation whose sender has these options."""
    houses: list[House] = []
    with (
        temporary(PostgresqlServer) as database,
        temporary(RedisServer) as broker,
        running(ScriptedServer()) as sink,
    ):

        def make(options: str) -> House:
            url = f"smtp://127.0.0.1:{sink.port}?connections=8&{options}"
            house = House(
                tmp_path,
                sink,
                database_url=database.url,
                broker_url=broker.url,
                settings={"WINBACK_EMAIL_URL": url},
            )
            houses.append(house)
            house.open(RECIPIENTS)
            return house

        yield make
        for house in houses:
            house.close()


def start_two_workers(house: House) -> None:
    house.start("worker", home=house.folder / "one")
    house.start("worker", home=house.folder / "two")
    house.start("beat")


def claimed_at(house: House) -> list[datetime]:
    """When each row was granted, the first one first."""
    rows = house.select(
        "SELECT claimed_at FROM mailings_recipient WHERE fate = 'sent'"
        " ORDER BY claimed_at"
    )
    return [row[0] for row in rows]


def test_two_workers_never_send_more_than_the_sender_may(
    build: Callable[..., House],
) -> None:
    house = build(f"name=limited&per_hour={PER_SECOND * 3600}")
    ledger = Ledger(house, RECIPIENTS)

    start_two_workers(house)
    ledger.wait_until_sent()

    ledger.assert_right()
    moments = claimed_at(house)
    # In every stretch of time no more than it allows; a slow machine sends less.
    for number in range(10, RECIPIENTS, 10):
        passed = (moments[number] - moments[0]).total_seconds()
        assert number <= passed * PER_SECOND * 1.05 + 1


def test_lane_limit_holds_its_own_mails_and_nobody_elses(
    build: Callable[..., House],
) -> None:
    house = build("name=free")
    house.change(
        "INSERT INTO delivery_lane (key, name, per_day, is_own)"
        " VALUES ('example3.org', 'example3.org', 7, true)"
    )
    house.change(
        "INSERT INTO delivery_domainlane (domain, lane, source)"
        " VALUES ('example3.org', 'example3.org', 'person')"
    )
    ledger = Ledger(house, RECIPIENTS)

    start_two_workers(house)
    ledger.wait_until(lambda fates: fates["sent"] >= RECIPIENTS - 13)

    fates = ledger.check()
    assert (fates["sent"], fates["ready"]) == (RECIPIENTS - 13, 13)
    rows = house.select(
        "SELECT fate, count(*) FROM mailings_recipient"
        " WHERE address LIKE '%@example3.org' GROUP BY fate"
    )
    assert dict(rows) == {"sent": 7, "ready": 13}
