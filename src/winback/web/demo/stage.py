"""A whole installation in a temporary home, for as long as the demo runs."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60.0
POLL_SECONDS = 0.1


class DemoError(Exception):
    """The demo cannot go on; the text says at which step and why."""


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Point this process and its children at a new home with free ports.

    Must be entered before Django is set up. Everything in the home is deleted
    at the end; settings of the caller's own installation are put aside.
    """
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("WINBACK_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="winback-demo-") as folder:
        web, inbound, mailbox = _free_ports(3)
        os.environ.update(
            WINBACK_HOME=folder,
            WINBACK_DEMO="1",
            WINBACK_PORT=str(web),
            WINBACK_INBOUND_PORT=str(inbound),
            WINBACK_MAILBOX_PORT=str(mailbox),
        )
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _free_ports(count: int) -> list[int]:
    """Ports that are free now; held open together so that they differ."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_until(done: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return once ``done`` says so. Raises DemoError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise DemoError(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(POLL_SECONDS)
