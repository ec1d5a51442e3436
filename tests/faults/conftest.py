"""Installations and servers that may be broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from servers import PostgresqlServer, RedisServer, temporary

from tests.delivery.smtp_script import ScriptedServer, running
from tests.faults.house import House
from tests.faults.totals import KEY

Tell = Callable[..., None]


@pytest.fixture
def sink() -> Iterator[ScriptedServer]:
    """A mail server that takes everything, unless a test changes its mind."""
    with running(ScriptedServer()) as server:
        yield server


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Adds a line to the table at the end."""

    def add(totals: dict[str, int], **more: int) -> None:
        record_property(KEY, totals | more)

    return add


@pytest.fixture
def build(tmp_path: Path, sink: ScriptedServer) -> Iterator[Callable[..., House]]:
    """Makes installations, and ends what is left of them."""
    houses: list[House] = []

    def make(**settings: object) -> House:
        houses.append(House(tmp_path, sink, **settings))
        return houses[-1]

    yield make
    for house in houses:
        house.close()


@pytest.fixture
def servers() -> Iterator[dict[str, object]]:
    """A PostgreSQL and a Redis of the test's own, which it may kill."""
    with ExitStack() as stack:
        yield {
            "database": stack.enter_context(temporary(PostgresqlServer)),
            "broker": stack.enter_context(temporary(RedisServer)),
        }
