"""kill -9 of worker, web, beat, broker and database at random instants.

A few kills by default; WINBACK_TEST_FAULT_KILLS=200 for the whole of it. The same
WINBACK_TEST_FAULT_SEED draws the same victims and pauses.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from servers import PostgresqlServer, RabbitmqServer, RedisServer, Server, temporary

from tests.faults.conftest import Tell
from tests.faults.house import House
from tests.faults.ledger import Ledger
from tests.faults.reader import Reader
from tests.faults.storm import PartVictim, ServerVictim, Storm, Victim

pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("WINBACK_TEST_FAULT_KILLS", "16"))
KILLS_IN_ONE = 8
SEED = int(os.environ.get("WINBACK_TEST_FAULT_SEED", "1"))
RECIPIENTS = 2000
CLICKS_ARRIVE_WITHIN_SECONDS = 30
SERVERS: dict[str, dict[str, Callable[..., Server]]] = {
    "sqlite": {},
    "redis": {"database": PostgresqlServer, "broker": RedisServer},
    "rabbitmq": {"database": PostgresqlServer, "broker": RabbitmqServer},
}
STORMS = [
    pytest.param(shape, SEED * 1000 + number, id=f"{shape}-{SEED * 1000 + number}")
    for number in range(-(-KILLS // KILLS_IN_ONE))
    for shape in [list(SERVERS)[number % len(SERVERS)]]
]


@contextmanager
def house_with_victims(
    build: Callable[..., House], shape: str
) -> Iterator[tuple[House, list[Victim]]]:
    """On its servers, with everything that can die running."""
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(temporary(kind))
            for name, kind in SERVERS[shape].items()
        }
        urls = {f"{name}_url": server.url for name, server in servers.items()}
        house = build(**urls)
        workers = ["worker", "worker"] if servers else ["worker"]
        parts = [PartVictim(house, name) for name in [*workers, "beat", "web"]]
        yield (
            house,
            [*parts, *(ServerVictim(name, one) for name, one in servers.items())],
        )
        house.close()  # before its servers


def lost_after_a_while(reader: Reader) -> int:
    """Clicks while the database was away: the worker brings them in afterwards."""
    for _ in range(CLICKS_ARRIVE_WITHIN_SECONDS):
        if reader.lost_clicks() == 0:
            return 0
        time.sleep(1)
    return reader.lost_clicks()


@pytest.mark.parametrize(("shape", "seed"), STORMS)
def test_kills(build: Callable[..., House], tell: Tell, shape: str, seed: int) -> None:
    with house_with_victims(build, shape) as (house, victims):
        house.open(RECIPIENTS)
        ledger, reader = Ledger(house, RECIPIENTS), Reader(house)
        storm = Storm(house, ledger, victims, random.Random(seed))
        for victim in victims:
            victim.restart()
        ledger.wait_until(lambda _: house.sink.mails)
        reader.start()
        try:
            storm.rage(KILLS_IN_ONE)
        finally:
            reader.stop()
            lost_clicks = lost_after_a_while(reader)
            tell(
                ledger.totals() | {"kills": storm.killed.total()},
                clicks=len(reader.answered),
                lost_clicks=lost_clicks,
            )
        ledger.assert_right()

    assert reader.answered
    assert lost_clicks == 0
