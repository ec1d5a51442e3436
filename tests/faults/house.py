"""A whole installation in a folder of its own, with processes one can kill."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.delivery.smtp_script import ScriptedServer

PROJECT = Path(__file__).resolve().parents[2]
FATES = "SELECT fate, count(*) FROM mailings_recipient GROUP BY fate"


@dataclass
class House:
    """Set up with ``open``; ``close`` ends every process it started."""

    home: Path
    sink_port: int
    connections: int = 8
    database_url: str = ""
    broker_url: str = "filesystem://"
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    sink: ScriptedServer | None = None

    def __post_init__(self) -> None:
        self.database_url = self.database_url or (
            f"sqlite:///{self.home / 'winback.sqlite3'}"
        )
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
        self.environment = {
            **kept,
            "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}",
            "DJANGO_SETTINGS_MODULE": "winback.core.settings",
            "WINBACK_HOME": str(self.home),
            "WINBACK_DATABASE_URL": self.database_url,
            "WINBACK_BROKER_URL": self.broker_url,
            "WINBACK_DEMO": "1",
            "WINBACK_EMAIL_URL": (
                f"smtp://127.0.0.1:{self.sink_port}?connections={self.connections}"
            ),
        }

    def open(self, recipients: int) -> None:
        """Migrate, and write a mailing to so many people that is due now."""
        self._run("-m", "winback", "migrate")
        self._run("tests/faults/fill.py", str(recipients))

    def start_worker(self, *, beat: bool = True) -> subprocess.Popen[bytes]:
        """A worker with its one child in a process group of its own."""
        name = f"w{len(self.processes)}@%h"
        options = ["worker", "--hostname", name, "--concurrency", "1"]
        if beat:
            options += ["--beat", "--schedule", str(self.home / "test-schedule")]
        return self._start(*options)

    def start_beat(self) -> subprocess.Popen[bytes]:
        return self._start("beat", "--schedule", str(self.home / "test-schedule"))

    def _start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "--app", "winback.core.celery"]
        with (self.home / f"process{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--quiet", *options, "--loglevel", "WARNING"],
                cwd=PROJECT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of a worker and all its children."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def close(self) -> None:
        for process in self.processes:
            self.kill(process)

    def fates(self) -> Counter[str]:
        """How many rows have each fate, read past the product."""
        return Counter(dict(self.select(FATES)))

    def select(self, sql: str) -> list[tuple]:
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            connection = sqlite3.connect(path, timeout=30)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql).fetchall()

    def logs(self) -> str:
        return "\n".join(path.read_text() for path in self.home.glob("process*.log"))

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


@dataclass
class Ledger:
    """What every look at the ledger must hold: see ``check``."""

    house: House
    recipients: int
    looks: int = 0

    def check(self) -> Counter[str]:
        """The fates now; both sums hold, or there is no ledger yet."""
        fates = self.house.fates()
        if fates:
            handled = fates["sent"] + fates["failed"] + fates["uncertain"]
            open_rows = fates["ready"] + fates["handing_over"]
            assert fates["left_out"] == self.recipients // 10
            assert handled + open_rows == self.recipients
            self.looks += 1
        return fates

    def wait_until(
        self, truth: Callable[[Counter[str]], bool], *, seconds: float = 180
    ) -> Counter[str]:
        """Look again and again until ``truth`` holds of the fates."""
        deadline = time.monotonic() + seconds
        while not truth(fates := self.check()):
            alive = any(process.poll() is None for process in self.house.processes)
            assert alive and time.monotonic() < deadline, (
                f"{fates}\n{self.house.logs()}"
            )
            time.sleep(0.05)
        return fates

    def assert_each_once(self, received: list[str], *, most_uncertain: int) -> None:
        """Nobody twice, nobody missing, what is unknown uncertain and little."""
        twice = [address for address, n in Counter(received).items() if n > 1]
        assert twice == []
        rows = dict(
            self.house.select(
                "SELECT address, fate FROM mailings_recipient WHERE fate <> 'left_out'"
            )
        )
        sent = {address for address, fate in rows.items() if fate == "sent"}
        uncertain = {address for address, fate in rows.items() if fate == "uncertain"}
        assert sent <= set(received)
        assert set(rows) - set(received) <= uncertain
        assert len(sent) + len(uncertain) == self.recipients
        assert len(uncertain) <= most_uncertain


def is_settled(fates: Counter[str]) -> bool:
    """Whether everybody has a final fate."""
    return bool(fates) and not fates["ready"] and not fates["handing_over"]
