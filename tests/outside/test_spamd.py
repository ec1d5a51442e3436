"""Debian's spamd, without a network, answers the question the check asks it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from winback.delivery.scoring import ScorerError, ask_spamd

pytestmark = pytest.mark.outside
STARTS_WITHIN_SECONDS = 60
GOOD = (
    b"From: Ana <ana@winback.example>\r\nTo: Ann <ann@example.org>\r\n"
    b"Subject: The lamp is back\r\nDate: Wed, 25 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <1@winback.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Hello Ann,\r\n\r\nthe lamp that you asked for is back in stock.\r\n"
)
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


@pytest.fixture(scope="module")
def spamd(tmp_path_factory) -> Iterator[str]:
    """Where a spamd of our own listens."""
    program = shutil.which("spamd", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "spamd is missing: install it (apt-get install spamassassin)"
    folder: Path = tmp_path_factory.mktemp("spamd")
    port = _free_port()
    user = ["--username=nobody"] if os.geteuid() == 0 else []
    command = [
        program,
        "-L",
        "-x",
        "-i",
        "127.0.0.1",
        "-p",
        str(port),
        "-m",
        "1",
        *user,
    ]
    log = (folder / "log").open("wb")
    process = subprocess.Popen([*command, "-s", "stderr"], stderr=log, cwd=folder)
    try:
        _wait(f"127.0.0.1:{port}", process, folder / "log")
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(place: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ask_spamd(place, GOOD)
        except ScorerError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"spamd did not start: {log.read_text()[-2000:]}")


def test_spamd_scores_a_good_mail_low(spamd: str) -> None:
    score = ask_spamd(spamd, GOOD)

    assert not score.is_spam
    assert score.limit == 5.0


def test_spamd_knows_spam_and_says_why(spamd: str) -> None:
    score = ask_spamd(spamd, GOOD + GTUBE + b"\r\n")

    assert score.is_spam
    assert score.points >= 1000
    assert "GTUBE" in score.rules
