"""Units, containers and scripts of deploy/, read by the programs they are for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.faults.unit import (
    INSTALLED_IN,
    PROJECT,
    UNIT,
    environment_file,
    part_command,
)
from winback.core.config import KNOWN_VARIABLES, load_config

pytestmark = pytest.mark.outside
DEPLOY = PROJECT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"] == "winback"
}
PARTS = ("web", "worker", "beat", "inbound")
SCRIPTS = ["deploy/run-part", "tools/python.sh", ".ci/run"]


@pytest.mark.parametrize("part", PARTS)
def test_unit_of_each_part_is_sound(tmp_path: Path, part: str) -> None:
    unit, here = tmp_path / UNIT.name, tmp_path / "checkout"
    # systemd looks whether programs and folders that are named exist; the name of
    # the checkout may have a space, which that of an installation has not.
    here.symlink_to(PROJECT)
    unit.write_text(UNIT.read_text().replace(INSTALLED_IN, str(here)))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / f"winback@{part}.service")],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_unit_names_the_parts_that_there_are() -> None:
    told = UNIT.read_text().partition("\n")[0]

    assert re.findall(r"winback@(\w+)", told) == list(PARTS)


def test_run_part_of_an_unknown_name_says_which_there_are() -> None:
    done = subprocess.run(part_command("wep"), capture_output=True, text=True)

    assert done.returncode == 2
    assert "unknown part: wep (web, worker, beat, inbound, migrate)" in done.stderr


def test_environment_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    told = environment_file()

    config = load_config(told | {"WINBACK_HOME": str(tmp_path)})

    assert (config.demo, config.inbound_domain) == (False, "reply.example.com")


@pytest.mark.parametrize("name", SCRIPTS)
def test_shell_script_is_sound(name: str) -> None:
    done = subprocess.run(
        ["shellcheck", PROJECT / name], capture_output=True, text=True
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_containers_are_the_parts_of_the_units() -> None:
    commands = {name: service["command"] for name, service in OURS.items()}

    assert commands == {name: [name] for name in ("migrate", *PARTS)}


@pytest.mark.parametrize("name", OURS)
def test_container_waits_for_and_keeps_what_there_is(name: str) -> None:
    service = OURS[name]

    assert service["depends_on"].keys() <= COMPOSE["services"].keys()
    assert service["environment"].keys() <= KNOWN_VARIABLES
    volume, _, folder = service["volumes"][0].partition(":")
    assert volume in COMPOSE["volumes"]
    assert folder == service["environment"]["WINBACK_HOME"]


def test_image_is_made_from_files_that_are_here() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    copied = [
        name
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]

    assert copied
    assert [name for name in copied if not (PROJECT / name).exists()] == []
