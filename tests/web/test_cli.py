"""The command ``winback`` as a machine sees it."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from winback.core.config import ConfigError, load_config
from winback.web.cli import main
from winback.web.cli.demo import STEPS, step_bars
from winback.web.health import checks
from winback.web.health.rules import Finding, State


def run(tmp_path: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
    own = {"WINBACK_HOME": str(tmp_path), "PYTHONPATH": "src"}
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
    return subprocess.run(
        [sys.executable, "-m", "winback", *arguments],
        env=kept | own | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_lists_the_commands():
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    assert {"up", "doctor", "worker", "beat"} <= set(result.output.split())


@pytest.mark.django_db
def test_doctor_json_is_one_object_with_every_finding():
    result = CliRunner().invoke(main, ["doctor", "--json"])

    told = json.loads(result.output)
    subjects = [finding["subject"] for finding in told["findings"]]
    assert subjects[:3] == ["database", "broker", "mail server"]
    # Nothing runs beside the tests, so the mail server is missing.
    assert (told["ok"], result.exit_code) == (False, 1)


@pytest.mark.parametrize(
    ("states", "verdict"),
    [
        ([State.OK, State.OK], "All is well."),
        ([State.WARNING, State.OK], "To mend: 0. To look at: 1."),
        ([State.WRONG, State.WARNING, State.WRONG], "To mend: 2. To look at: 1."),
    ],
)
def test_doctor_ends_with_a_verdict_within_80_columns(monkeypatch, states, verdict):
    found = [Finding("disk", s, "word " * 30, "") for s in states]
    monkeypatch.setattr(checks, "all_findings", lambda: found)

    result = CliRunner().invoke(main, ["doctor"], env={"COLUMNS": "80"})

    lines = result.output.splitlines()
    assert lines[-1] == verdict
    assert max(map(len, lines)) <= 80


def test_demo_shows_every_step_once_from_its_beginning():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    with step_bars(console) as told:
        begun = screen.getvalue()
        told("import", 2, 2)
        told("audience", 5, 5)
        told("send", 1, 3)

    assert "Load the sample's leads" in begun
    # What is left on the screen after the last line was wiped.
    last = screen.getvalue().rsplit("\x1b[2K", 1)[1]
    assert [last.count(words) for words in STEPS.values()] == [1, 1, 1, 0]
    assert "5/5" in last


def test_doctor_with_a_wrong_environment_names_the_variable(tmp_path):
    done = run(tmp_path, "doctor", WINBACK_PORT="eighty")

    assert done.returncode == 2
    assert "WINBACK_PORT='eighty': a port is a number from 1 to 65535." in done.stderr


def test_up_with_a_taken_port_says_so_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run(tmp_path, "up", WINBACK_PORT=str(port))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"Error: 127.0.0.1:{port} is taken by another program. "
        "Choose another with WINBACK_PORT=...\n"
    )
    assert not (tmp_path / "winback.sqlite3").exists()


def test_mailbox_outside_demo_mode_refuses_to_run(tmp_path):
    done = run(tmp_path, "mailbox")

    assert (done.returncode, done.stderr) == (
        1,
        "Error: The demo mailbox runs only with WINBACK_DEMO=1.\n",
    )


def test_demo_mode_refuses_a_mail_server_elsewhere(tmp_path):
    with pytest.raises(ConfigError) as refused:
        load_config(
            {
                "WINBACK_HOME": str(tmp_path),
                "WINBACK_DEMO": "1",
                "WINBACK_EMAIL_URL": "smtp://mail.example.com:25",
            }
        )

    assert refused.value.problems[0].startswith("WINBACK_EMAIL_URL: in demo mode")


def test_up_twice_on_one_home_is_refused_and_sigterm_ends_it(tmp_path, free_port):
    home = tmp_path / "a home"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        inbound_port = probe.getsockname()[1]
    own = {
        "WINBACK_HOME": str(home),
        "WINBACK_PORT": str(free_port),
        "WINBACK_INBOUND_PORT": str(inbound_port),
        "PYTHONPATH": "src",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
    command = [sys.executable, "-m", "winback", "up"]
    first = subprocess.Popen(command, env=kept | own, stdout=subprocess.PIPE, text=True)
    try:
        for line in first.stdout:
            if "Ctrl-C" in line:
                break
        second = run(home, "up", WINBACK_PORT=str(free_port))
        begin = time.monotonic()
    finally:
        first.send_signal(signal.SIGTERM)
        rest, _ = first.communicate(timeout=30)

    assert second.stderr.startswith(f"Error: Winback is already running from {home}.")
    assert (first.returncode, rest.splitlines()[-1]) == (0, "Stopped.")
    assert time.monotonic() - begin < 15
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", free_port))  # nobody was left behind


def test_command_with_a_damaged_database_says_so_in_one_line(tmp_path):
    (tmp_path / "winback.sqlite3").write_bytes(b"no database" * 1000)

    done = run(tmp_path, "export", "leads", "-", "--json")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert json.loads(done.stdout)["error"] in done.stderr
    assert "file is not a database" in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "No such command 'nope'."),
        (["import", "leads"], "Missing argument 'FILE'."),
        (["import", "leads", "no.csv"], "No such file or directory"),
        (["audience", "count", "no.json"], "no.json: No such file or directory."),
        (["mailing", "status", "x"], "'x' is not a valid integer."),
        (["mailing", "send", "9" * 30], "There is no mailing 9999"),
    ],
)
def test_refusal_with_json_is_one_object(arguments, said):
    result = CliRunner().invoke(main, [*arguments, "--json"])

    assert result.exit_code == 2
    assert said in json.loads(result.stdout)["error"]
    assert said in result.stderr
