from __future__ import annotations

import threading

import pytest

from winback.web.health import probes
from winback.web.health.probes import Probe
from winback.web.health.rules import Finding, State, ok


class Part:
    """A part that hangs until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.looks = 0

    def check(self) -> Finding:
        self.looks += 1
        self.let_go.wait(30)
        return ok("part", "works")


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probes, "PATIENCE_SECONDS", 0.05)
    part = Part()
    yield part
    part.let_go.set()


def test_probe_of_a_part_that_works_gives_its_finding(part):
    part.let_go.set()

    assert Probe("part", part.check).ask() == ok("part", "works")


def test_probe_of_a_part_that_hangs_is_wrong_and_looks_once(part):
    probe = Probe("part", part.check)

    findings = [probe.ask() for _ in range(5)]

    assert [(f.subject, f.state) for f in findings] == [("part", State.WRONG)] * 5
    assert part.looks == 1


def test_probe_of_a_part_that_hung_looks_again(part):
    probe = Probe("part", part.check)
    probe.ask()
    hung = probe._look

    part.let_go.set()
    assert hung.is_done.wait(10)

    assert probe.ask().state is State.OK
    assert part.looks == 2


def test_probe_of_a_check_that_raises_is_wrong(caplog):
    def broken() -> Finding:
        raise RuntimeError("never thought of")

    assert Probe("part", broken).ask().state is State.WRONG
    assert "never thought of" in caplog.text
