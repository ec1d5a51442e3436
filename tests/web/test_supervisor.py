"""Real child processes: started, started again, stopped."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from winback.web.running.services import Service
from winback.web.running.supervisor import Supervisor

SLEEP = "import time; time.sleep(60)"


def python(program: str) -> Service:
    return Service("clerk", (sys.executable, "-c", program), "sits there")


def wait_until(holds: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_supervisor_starts_a_dead_service_again_and_says_so(tmp_path: Path):
    log, said = tmp_path / "starts", []
    supervisor = Supervisor(
        [python(f"open({str(log)!r}, 'a').write('x'); raise SystemExit(3)")],
        say=said.append,
    )

    def has_two_starts() -> bool:
        supervisor.check()
        return log.exists() and len(log.read_text()) >= 2

    supervisor.start()
    try:
        assert wait_until(has_two_starts)
    finally:
        supervisor.stop()

    assert said[0] == "clerk ended by itself (exit code 3); starting it again in 1 s."


def test_supervisor_waits_longer_after_each_death():
    said: list[str] = []
    supervisor = Supervisor([python("raise SystemExit(1)")], say=said.append)

    def has_died_twice() -> bool:
        supervisor.check()
        return len(said) == 2

    supervisor.start()
    try:
        assert wait_until(has_died_twice)
    finally:
        supervisor.stop()

    assert said[1] == "clerk ended by itself (exit code 1); starting it again in 2 s."


def test_supervisor_stop_ends_services_and_their_children(tmp_path: Path):
    pids = tmp_path / "pids"
    program = (
        "import os, subprocess, sys, time;"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}.');"
        "time.sleep(60)"
    )
    supervisor = Supervisor([python(program)], say=lambda _: None)
    supervisor.start()
    assert wait_until(lambda: pids.exists() and pids.read_text().endswith("."))
    started = [int(pid) for pid in pids.read_text().rstrip(".").split()]

    supervisor.stop()

    assert wait_until(lambda: not any(is_alive(pid) for pid in started), seconds=5)


def test_supervisor_stop_is_quick_for_a_service_that_listens():
    supervisor = Supervisor([python(SLEEP)], say=lambda _: None)
    supervisor.start()
    begin = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - begin < 4
