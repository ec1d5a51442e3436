"""Starts services, starts them again when they die, stops them together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from winback.web.running.services import Service

POLL_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0  # who lived this long begins anew with short pauses
# SIGTERM lets a worker finish its batch; SIGQUIT makes it leave the batch to
# recovery; SIGKILL is for what does not listen.
STOP_STEPS = ((signal.SIGTERM, 8.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0))
PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class _Child:
    service: Service
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps ``services`` running between ``start`` and ``stop``.

    ``say`` is given one line for everything that a person should know.
    """

    def __init__(self, services: Sequence[Service], *, say: Callable[[str], None]):
        self._children = [_Child(service) for service in services]
        self._say = say

    def start(self) -> None:
        for child in self._children:
            self._launch(child)

    def check(self) -> None:
        """One look at everybody; call it every POLL_SECONDS."""
        for child in self._children:
            if child.process is None:
                if time.monotonic() >= child.start_again_at:
                    self._launch(child)
            elif child.process.poll() is not None:
                self._bury(child, child.process.returncode)

    def stop(self) -> None:
        """Stop everybody; takes a dozen seconds at most."""
        for step, patience_seconds in STOP_STEPS:
            running = [child for child in self._children if child.is_running()]
            for child in running:
                _signal(child, step)
            _wait_for(running, seconds=patience_seconds)
        for child in self._children:
            _signal_group(child, signal.SIGKILL)  # whatever it left behind
            child.process = None

    def _launch(self, child: _Child) -> None:
        child.started_at = time.monotonic()
        child.process = subprocess.Popen(  # noqa: S603 - our own commands
            child.service.command,
            # Ctrl-C in the terminal reaches only us, and we stop them in order.
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # ours is for what a command was asked to print
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def _bury(self, child: _Child, code: int) -> None:
        _signal_group(child, signal.SIGKILL)
        child.process = None
        if time.monotonic() - child.started_at > STEADY_SECONDS:
            child.pause_seconds = FIRST_PAUSE_SECONDS
        child.start_again_at = time.monotonic() + child.pause_seconds
        self._say(
            f"{child.service.name} ended by itself ({_cause(code)}); "
            f"starting it again in {child.pause_seconds:.0f} s."
        )
        child.pause_seconds = min(child.pause_seconds * 2, LONGEST_PAUSE_SECONDS)


def _signal(child: _Child, number: signal.Signals) -> None:
    """To the service itself: it knows best in which order its own children end."""
    if child.process is not None:
        child.process.send_signal(number)


def _signal_group(child: _Child, number: signal.Signals) -> None:
    if child.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, number)


def _wait_for(children: list[_Child], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.is_running() for child in children):
        if time.monotonic() >= deadline:
            return
        time.sleep(0.05)


def _cause(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _die_with_parent() -> None:
    """Asks the kernel to end this process when the supervisor is killed outright."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
