"""Servers for tests alone: thrown away afterwards, reachable on loopback only.

Each keeps its port and its folder, so that a test may kill it and start it again.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from machine import find_epmd, find_postgresql, find_rabbitmq, find_redis

STARTS_WITHIN_SECONDS = 60
# Nothing here outlives the tests, so nothing needs to reach the disk. What was
# committed reaches the kernel, though, and so survives a kill of the server.
POSTGRESQL_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
fsync = off
full_page_writes = off
"""
# The Erlang machine would bind to every address and spin while it waits.
RABBITMQ_ERLANG = (
    "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1"
    " +sbwt none +sbwtdcpu none +sbwtdio none"
)


class Server(Protocol):
    """What all of them can."""

    url: str

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


S = TypeVar("S", bound=Server)


@dataclass
class PostgresqlServer:
    """A PostgreSQL server; ``url`` is the address of its first database."""

    folder: Path
    port: int = field(default_factory=lambda: free_port())
    settings: str = POSTGRESQL_SETTINGS

    def __post_init__(self) -> None:
        self.url = f"postgresql://winback@127.0.0.1:{self.port}/postgres"
        self.data = self.folder / "data"
        # Whom it runs as, if not us.
        self.user = _give_to_ordinary_user(self.folder)
        self._programs = Path(find_postgresql() or "")
        self._make()
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{self.settings}port = {self.port}\n")

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            # Our own child: one that is dead must not look alive until somebody
            # else buries it, since PostgreSQL refuses to start beside it.
            self.process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self.data)],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us, who stop it in order
                **_as(self.user),
            )
        wait_until(self._is_ready)

    def stop(self) -> None:
        """Nothing of it is needed any more, so it need not end in order."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def kill(self) -> None:
        """kill -9 of the server and all processes that serve somebody."""
        os.kill(self.process.pid, signal.SIGSTOP)  # it starts no other meanwhile
        processes = self.processes()
        for pid in processes:
            kill_process(pid)
        self.process.wait()
        wait_until(lambda: not any(map(is_running, processes)))

    def processes(self) -> list[int]:
        """The first is the one that started the others."""
        return [self.process.pid, *children_of(self.process.pid)]

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            # Its last line says how far it is.
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        ours = lines[:1] == [str(self.process.pid)]
        return ours and lines[-1].strip() == "ready"

    def _make(self) -> None:
        init = ("--auth=trust", "--username=winback", "--encoding=UTF8", "--no-locale")
        done = subprocess.run(
            [str(self._programs / "initdb"), "--no-sync", *init, "-D", str(self.data)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **_as(self.user),
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


@dataclass
class RedisServer:
    """A Redis server that keeps nothing: a kill loses all it held."""

    folder: Path
    port: int = field(default_factory=lambda: free_port())

    def __post_init__(self) -> None:
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(find_redis() or "", "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
            ],
            stdout=subprocess.DEVNULL,
        )
        _wait_for_port(self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@dataclass
class RabbitmqServer:
    """A RabbitMQ server with a name, a home and a port mapper of its own."""

    folder: Path
    port: int = field(default_factory=lambda: free_port())

    def __post_init__(self) -> None:
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._mapper: subprocess.Popen[bytes] | None = None
        self._mapper_port = free_port()
        (self.folder / "plugins").write_text("[].\n")

    def start(self) -> None:
        environment = os.environ | self._environment()
        if self._mapper is None:
            # One that the server started itself would stay behind for ever.
            self._mapper = subprocess.Popen(
                [find_epmd() or "", "-port", str(self._mapper_port)], env=environment
            )
            _wait_for_port(self._mapper_port)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [find_rabbitmq() or ""],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _wait_for_port(self.port)

    def kill(self) -> None:
        kill_group(self.process)

    def stop(self) -> None:
        """Nothing of it is needed any more, so it need not end in order."""
        self.kill()
        if self._mapper is not None:
            self._mapper.kill()
            self._mapper.wait()
            self._mapper = None

    def _environment(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._mapper_port),
            "RABBITMQ_NODENAME": f"winback-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": RABBITMQ_ERLANG,
        }


@contextlib.contextmanager
def temporary(kind: Callable[[Path], S]) -> Iterator[S]:
    """A server of this kind in a folder of its own, running; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="winback-server-") as folder:
        server = kind(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def temporary_postgresql(given: str = POSTGRESQL_SETTINGS) -> Iterator[str]:
    """A new PostgreSQL server; gives the address of its first database."""
    with temporary(partial(PostgresqlServer, settings=given)) as server:
        yield server.url


@contextlib.contextmanager
def temporary_redis() -> Iterator[str]:
    """A new Redis server that keeps nothing; gives its address."""
    with temporary(RedisServer) as server:
        yield server.url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """kill -9 of a process that leads its own group, and of all it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_process(pid: int) -> None:
    """kill -9; nothing if it is gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether it lives; one that is dead and not buried yet does not."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False
    ).stdout
    return bool(state) and not state.startswith(b"Z")


def children_of(pid: int) -> list[int]:
    """The processes that this one has started."""
    done = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    pairs = [line.split() for line in done.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def wait_until(
    truth: Callable[[], object], *, seconds: float = STARTS_WITHIN_SECONDS
) -> None:
    """Raises TimeoutError if it never comes true."""
    deadline = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def _give_to_ordinary_user(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root: the folder goes to somebody who is not."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in known else "nobody"
    shutil.chown(folder, user)
    return user


def _as(user: str | None) -> dict[str, Any]:
    """Options of subprocess."""
    if user is None:
        return {}
    group = pwd.getpwnam(user).pw_gid
    return {"user": user, "group": group, "extra_groups": []}


def _wait_for_port(port: int) -> None:
    wait_until(lambda: _answers(port))


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
