"""Two hosts on one PostgreSQL and one broker, all of them really running."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import PostgresqlServer, RabbitmqServer, RedisServer, free_port, temporary

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.conftest import tell  # noqa: F401 - a fixture
from tests.faults.house import House, Part
from tests.faults.ledger import Ledger

BROKERS = {"redis": RedisServer, "rabbitmq": RabbitmqServer}


@dataclass(frozen=True)
class Host:
    """A machine: its own home, its own way to the mail server."""

    house: House
    home: Path
    sink: ScriptedServer

    def start(self, part: str, **settings: str) -> Part:
        own = {
            "WINBACK_EMAIL_URL": self.house.email_url(self.sink),
            "WINBACK_INBOUND_PORT": str(free_port()),
        }
        return self.house.start(part, home=self.home, **own | settings)


@dataclass(frozen=True)
class Cluster:
    house: House
    first: Host
    second: Host

    def ledger(self, recipients: int) -> Ledger:
        sinks = [self.first.sink, self.second.sink]
        return Ledger(self.house, recipients, sinks=sinks)


@pytest.fixture(params=list(BROKERS))
def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Nothing of Winback runs yet; what a test starts ends with it."""
    with ExitStack() as stack:
        database = stack.enter_context(temporary(PostgresqlServer))
        broker = stack.enter_context(temporary(BROKERS[request.param]))
        sinks = [stack.enter_context(running(ScriptedServer())) for _ in range(2)]
        house = House(
            tmp_path, sinks[0], database_url=database.url, broker_url=broker.url
        )
        stack.callback(house.close)
        hosts = [
            Host(house, tmp_path / f"host{n}", sink) for n, sink in enumerate(sinks)
        ]
        yield Cluster(house, *hosts)
