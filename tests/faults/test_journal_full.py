"""The disk is full: nothing is handed over that could not be remembered.

RLIMIT_FSIZE, set on running processes, fails their writes to files as a full
disk does, for everybody; a small disk of its own shows the same where we may
mount one.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers import children_of

from tests.faults.conftest import Tell
from tests.faults.house import House, Part
from tests.faults.ledger import Ledger, is_settled

pytestmark = pytest.mark.faults
RECIPIENTS = 1500
FULL_SECONDS = 4.0


@contextlib.contextmanager
def writes_failing(*parts: Part) -> Iterator[None]:
    """No file of these processes can grow."""
    pids = [
        pid
        for part in parts
        for pid in [part.process.pid, *children_of(part.process.pid)]
    ]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 64 KiB mounted there; gives a file that fills what is left."""
    folder.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", str(folder)],
        check=True,
    )
    try:
        yield folder / "ballast"
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(512))


def begun(house: House, servers: dict[str, object]) -> tuple[Ledger, Part]:
    """A mailing in its middle, on servers whose disk is not the worker's."""
    house.sink.pause = lambda: 0.03
    house.start("beat")
    worker = house.start("worker")
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: len(house.sink.mails) > RECIPIENTS // 5)
    return ledger, worker


def assert_stands_still(ledger: Ledger) -> None:
    """What was on its way arrives, then nothing more."""
    ledger.watch(seconds=FULL_SECONDS / 2)
    mails = len(ledger.house.sink.mails)
    ledger.watch(seconds=FULL_SECONDS / 2)
    assert len(ledger.house.sink.mails) == mails < ledger.recipients


def test_journal_that_cannot_grow_stops_sending_until_it_can(
    build: Callable[..., House], servers: dict[str, object], tell: Tell
) -> None:
    house = build(
        database_url=servers["database"].url, broker_url=servers["broker"].url
    )
    house.open(RECIPIENTS)
    ledger, worker = begun(house, servers)

    with writes_failing(worker):
        assert_stands_still(ledger)
    ledger.wait_until_sent()

    tell(ledger.assert_right())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_journal_on_a_full_disk_stops_sending_until_there_is_room(
    build: Callable[..., House], servers: dict[str, object], tell: Tell
) -> None:
    house = build(
        database_url=servers["database"].url, broker_url=servers["broker"].url
    )
    house.open(RECIPIENTS)
    with small_disk(house.home / "journal") as ballast:
        ledger, _ = begun(house, servers)
        # A journal that ends makes room for the beginning of the next one.
        ledger.wait_until(
            lambda _: fill_up(ballast) or "journal cannot be written" in house.logs()
        )
        ballast.unlink()
        ledger.wait_until_sent()
        house.close()

    tell(ledger.assert_right())


def test_everything_on_a_full_disk_goes_on_when_there_is_room(
    build: Callable[..., House], tell: Tell
) -> None:
    """The database, the broker's folder and the journal on one disk."""
    house = build()
    house.open(RECIPIENTS)
    house.sink.pause = lambda: 0.03
    parts = [house.start("beat"), house.start("worker")]
    ledger = Ledger(house, RECIPIENTS)
    ledger.wait_until(lambda _: len(house.sink.mails) > RECIPIENTS // 5)

    with writes_failing(*parts):
        assert_stands_still(ledger)
    while not is_settled(ledger.check()):
        parts = house.revive(*parts)
        ledger.watch(seconds=1)
    ledger.wait_until_sent()

    tell(ledger.assert_right())
