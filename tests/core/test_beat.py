"""The alarm clock: rings into a real broker, by a clock that nobody sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from celery import Celery
from kombu.transport.virtual import BrokerState

from winback.core import beat, broker
from winback.core.beat import MOST_WAITING, SteadyScheduler


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(broker.Transport, "global_state", BrokerState())
    return tmp_path / "broker"


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The steady clock; a test turns it by changing the only value."""
    now = [1000.0]
    monkeypatch.setattr(beat.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def scheduler(folder: Path) -> Iterator[SteadyScheduler]:
    app = Celery("tested", broker="filesystem://localhost", set_as_current=False)
    app.conf.broker_transport_options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 1.0},
        "seldom": {"task": "seldom", "schedule": 15.0},
    }
    yield SteadyScheduler(app)
    app.close()


def rung(folder: Path) -> list[str]:
    """The tasks that wait, taken away."""
    waiting = sorted(folder.glob("*.celery.msg"))
    texts = [path.read_text() for path in waiting]
    for path in waiting:
        path.unlink()
    return [name for text in texts for name in ("often", "seldom") if name in text]


def test_tick_rings_each_after_its_own_time(scheduler, folder, seconds):
    assert scheduler.tick() == 1.0
    assert rung(folder) == ["often", "seldom"]

    seconds[0] += 0.4
    assert scheduler.tick() == pytest.approx(0.6)
    assert rung(folder) == []

    seconds[0] += 0.7
    scheduler.tick()
    assert rung(folder) == ["often"]

    seconds[0] += 14
    scheduler.tick()
    assert rung(folder) == ["often", "seldom"]


@pytest.mark.parametrize("hours", [-2, 3])
def test_tick_of_a_clock_that_was_set_goes_on(scheduler, folder, seconds, hours):
    scheduler.tick()
    rung(folder)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        seconds[0] += 1
        scheduler.tick()

    assert rung(folder) == ["often"]


def test_tick_with_many_waiting_adds_nothing_until_there_is_room(
    scheduler, folder, seconds
):
    for _ in range(MOST_WAITING + 20):
        scheduler.tick()
        seconds[0] += 1
    waiting = rung(folder)
    scheduler.tick()

    assert MOST_WAITING <= len(waiting) <= MOST_WAITING + 1
    assert rung(folder) == ["often", "seldom"]


def test_tick_without_a_broker_neither_raises_nor_forgets(
    scheduler, folder, seconds, caplog
):
    folder.write_text("a file where the folder should be")
    scheduler.tick()
    folder.unlink()

    seconds[0] += 1
    scheduler.tick()

    assert rung(folder) == ["often"]
    assert "Message Error" in caplog.text
