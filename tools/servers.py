"""Servers for tests alone: thrown away afterwards, reachable on loopback only."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from machine import find_postgresql, find_redis

STARTS_WITHIN_SECONDS = 60
# Nothing here outlives the tests, so nothing needs to reach the disk.
POSTGRESQL_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = off
synchronous_commit = off
full_page_writes = off
"""


@contextlib.contextmanager
def temporary_postgresql(given: str = POSTGRESQL_SETTINGS) -> Iterator[str]:
    """A new PostgreSQL server; gives the address of its first database."""
    programs = Path(find_postgresql() or "")
    with tempfile.TemporaryDirectory(prefix="winback-postgresql-") as folder:
        user = _give_to_ordinary_user(Path(folder))
        data, port = Path(folder) / "data", free_port()

        def run(*command: str) -> None:
            done = subprocess.run(
                [*_as_user(user), *command],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

        init = ("--auth=trust", "--username=winback", "--encoding=UTF8", "--no-locale")
        run(str(programs / "initdb"), "--no-sync", *init, f"--pgdata={data}")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"{given}port = {port}\n")
        control = (str(programs / "pg_ctl"), f"--pgdata={data}", "--wait")
        run(*control, "--log", f"{folder}/log", "start")
        try:
            yield f"postgresql://winback@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "--mode=immediate", "stop")


@contextlib.contextmanager
def temporary_redis() -> Iterator[str]:
    """A new Redis server that keeps nothing; gives its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="winback-redis-") as folder:
        server = subprocess.Popen(
            [
                *(find_redis() or "", "--port", str(port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", folder),
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def _give_to_ordinary_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: the folder goes to somebody who is not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    return user


def _as_user(user: str | None) -> list[str]:
    return [] if user is None else ["runuser", "-u", user, "--"]


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
