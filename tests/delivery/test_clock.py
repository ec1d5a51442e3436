"""The clock that all hosts share, against a host's own that somebody sets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from winback.delivery import clock as clocks
from winback.delivery.clock import shared_clock

pytestmark = pytest.mark.django_db


def test_shared_clock_once_begun_cannot_be_set() -> None:
    clock = shared_clock()
    before = clock()

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=5)):
        after = clock()

    assert timedelta(0) <= after - before < timedelta(minutes=5)


def test_shared_clock_runs_on(monkeypatch: pytest.MonkeyPatch) -> None:
    uptime = [100.0]
    monkeypatch.setattr(clocks, "uptime_seconds", lambda: uptime[0])
    clock = shared_clock()
    begun = clock()

    uptime[0] += 90

    assert clock() - begun == timedelta(seconds=90)


@pytest.mark.postgresql  # SQLite is on one host only
def test_shared_clock_of_a_host_that_is_wrong_is_the_databases() -> None:
    right = datetime.now(UTC)

    with time_machine.travel(right + timedelta(hours=5)):
        shared = shared_clock()()

    assert connection.vendor == "postgresql"
    assert abs(shared - right) < timedelta(minutes=5)
