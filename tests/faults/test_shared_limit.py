"""Two processes share a limit: together they get what it gives, not twice that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

import pytest

from tests.faults.house import House
from tests.faults.unit import PROJECT

pytestmark = pytest.mark.faults
PER_SECOND = 200
SECONDS = 5
BUCKET = (
    "SELECT tokens, refilled_at FROM delivery_tokenbucket WHERE key = 'sender:shared'"
)


def take(seconds: float) -> list[str]:
    per_hour = str(PER_SECOND * 3600)
    return [sys.executable, "tests/faults/take.py", per_hour, str(seconds)]


def started(house: House) -> subprocess.Popen[str]:
    return subprocess.Popen(
        take(SECONDS),
        cwd=PROJECT,
        env=house.environment() | {"PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}"},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_on_sqlite_share_a_limit_within_five_percent(
    build: Callable[..., House],
) -> None:
    house = build()
    house.migrate()
    # The bucket is made at the first taking: what it says then is the beginning.
    house.run(*take(0.001))
    ((_, begun_at),) = house.select(BUCKET)

    both = [started(house), started(house)]
    taken = sum(int(process.communicate()[0]) for process in both)

    ((left, ended_at),) = house.select(BUCKET)
    assert [process.returncode for process in both] == [0, 0]
    passed = datetime.fromisoformat(ended_at) - datetime.fromisoformat(begun_at)
    allowed = passed.total_seconds() * PER_SECOND
    # Judged by the bucket's own moments, however slow this machine was.
    assert abs(taken + left - allowed) <= allowed * 0.05
