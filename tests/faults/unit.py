"""How an administrator's systemd would start a part: its unit, read, not repeated."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
UNIT = PROJECT / "deploy" / "systemd" / "winback@.service"
ENVIRONMENT = PROJECT / "deploy" / "winback.env"
INSTALLED_IN = "/opt/winback"


def part_command(part: str) -> list[str]:
    """ExecStart of ``winback@<part>``, for this checkout."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(UNIT)
    command = parser["Service"]["ExecStart"].replace("%i", part)
    return [
        word.replace(INSTALLED_IN, str(PROJECT), 1) for word in shlex.split(command)
    ]


def environment_file() -> dict[str, str]:
    """What ``deploy/winback.env`` sets."""
    lines = ENVIRONMENT.read_text().splitlines()
    settings = [line.partition("=") for line in lines if line and line[0] != "#"]
    return {name: value for name, _, value in settings}
