"""A whole installation in a folder of its own, with processes one can kill."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from servers import free_port, kill_group

from tests.delivery.smtp_script import ScriptedServer
from tests.faults.migrated import migrate
from tests.faults.unit import PROJECT, environment_file, part_command

FATES = "SELECT fate, count(*) FROM mailings_recipient GROUP BY fate"
WINBACK = str(Path(sys.executable).parent / "winback")
STOPS_WITHIN_SECONDS = 20  # TimeoutStopSec of the unit


@dataclass(frozen=True)
class Part:
    """One process of the installation; leads a process group of its own."""

    name: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """kill -9 of it and of everything that it has started."""
        kill_group(self.process)

    def stop(self) -> None:
        """As systemd does it: SIGTERM to the main process alone."""
        self.process.terminate()
        self.process.wait(STOPS_WITHIN_SECONDS)

    def send_signal(self, number: signal.Signals) -> None:
        """To it and to everything that it has started."""
        os.killpg(self.process.pid, number)


@dataclass
class House:
    """Set up with ``open``; ``close`` ends every process it started.

    Parts are started by the commands of the units. Each may be given a home of
    its own: then it is as if it were on another host.
    """

    folder: Path
    sink: ScriptedServer
    database_url: str = ""
    broker_url: str = "filesystem://"
    connections: int = 8
    timeout: int = 120  # seconds for an answer of the mail server
    settings: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir(parents=True)
        self.database_url = self.database_url or (
            f"sqlite:///{self.home / 'winback.sqlite3'}"
        )
        self.web_port = free_port()
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        self._environment = {
            **kept,
            **environment_file(),
            "WINBACK_DATABASE_URL": self.database_url,
            "WINBACK_BROKER_URL": self.broker_url,
            "WINBACK_EMAIL_URL": self.email_url(self.sink),
            "WINBACK_DEMO": "1",  # mail cannot leave this machine
            "WINBACK_PUBLIC_URL": f"http://127.0.0.1:{self.web_port}",
            "WINBACK_PORT": str(self.web_port),
            "WINBACK_WORKERS": "1",
            **self.settings,
        }

    def email_url(self, sink: ScriptedServer) -> str:
        options = f"connections={self.connections}&timeout={self.timeout}"
        return f"smtp://127.0.0.1:{sink.port}?{options}"

    def open(self, recipients: int, *, mails_per_hour: int | None = None) -> None:
        """Migrate, and write a mailing to so many people that is due now."""
        self.migrate()
        self.run(
            sys.executable,
            "tests/faults/fill.py",
            str(recipients),
            str(mails_per_hour or ""),
        )

    def migrate(self) -> None:
        """All tables are there and empty."""
        migrate(self.database_url, lambda: self.run(*part_command("migrate")))

    def start(self, name: str, *, home: Path | None = None, **settings: str) -> Part:
        """``web``, ``worker``, ``beat``; on another host if it is given a home."""
        with (self.folder / f"{len(self.parts)}-{name}.log").open("wb") as log:
            process = subprocess.Popen(
                part_command(name),
                cwd=PROJECT,
                env=self.environment(home) | settings,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        part = Part(name, process)
        self.parts.append(part)
        return part

    def revive(self, *parts: Part) -> list[Part]:
        """As systemd does it: those that have died are started again."""
        return [
            part if part.process.poll() is None else self.start(part.name)
            for part in parts
        ]

    def environment(self, home: Path | None = None) -> dict[str, str]:
        return self._environment | {"WINBACK_HOME": str(home or self.home)}

    def close(self) -> None:
        for part in self.parts:
            part.kill()

    def fates(self) -> Counter[str]:
        """How many rows have each fate, read past the product."""
        return Counter(dict(self.select(FATES)))

    def state(self) -> str:
        """The mailing's."""
        return self.select("SELECT state FROM mailings_mailing")[0][0]

    def select(self, sql: str) -> list[tuple]:
        return self._execute(sql, fetch=True)

    def change(self, sql: str) -> None:
        self._execute(sql, fetch=False)

    def winback(self, *arguments: str) -> dict:
        """What a command of the product says with --json."""
        return json.loads(self.run(WINBACK, *arguments, "--json"))

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')}"
            for path in sorted(self.folder.glob("*.log"))
        )

    def run(self, *command: str, typed: str = "") -> str:
        """A command that must succeed; its output."""
        done = subprocess.run(
            command,
            input=typed,
            cwd=PROJECT,
            env=self.environment() | {"PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _execute(self, sql: str, *, fetch: bool) -> list[tuple]:
        with contextlib.closing(self._connect()) as connection, connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if fetch else []

    def _connect(self) -> sqlite3.Connection | psycopg.Connection:
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            return sqlite3.connect(path, timeout=30)
        return psycopg.connect(self.database_url, connect_timeout=10)
