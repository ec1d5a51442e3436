"""What tests need of the machine: found, installed where we may, else named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

POSTGRESQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


@dataclass(frozen=True, slots=True)
class Need:
    name: str
    package: str  # Debian's
    find: Callable[[], str | None]


def find_chromium() -> str | None:
    given = os.environ.get("WINBACK_TEST_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return given or next(filter(None, map(shutil.which, names)), None)


def find_redis() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def find_postgresql() -> str | None:
    """The folder of the newest server's programs."""
    on_path = shutil.which("initdb")
    folders = [
        folder
        for pattern in POSTGRESQL_FOLDERS
        for folder in Path("/").glob(pattern.lstrip("/"))
        if (folder / "initdb").exists()
    ]
    newest = max(folders, key=_version, default=None)
    if newest is not None:
        return str(newest)
    return str(Path(on_path).resolve().parent) if on_path else None


NEEDS = (
    Need("Chromium", "chromium", find_chromium),
    Need("PostgreSQL server", "postgresql", find_postgresql),
    Need("Redis server", "redis-server", find_redis),
)


def install_missing() -> list[str]:
    """Install what is missing if we may; the problems that are left, in words."""
    missing = [need for need in NEEDS if need.find() is None]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        packages = [need.package for need in missing]
        for command in (
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        ):
            subprocess.run(command, env=environment, check=False)
    return [
        f"{need.name} is missing: install it (as root: apt-get install {need.package})"
        for need in missing
        if need.find() is None
    ]


def _version(folder: Path) -> int:
    digits = "".join(filter(str.isdigit, folder.parent.name))
    return int(digits or 0)
