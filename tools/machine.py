"""What tests need of the machine: found, installed where we may, else named."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
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


def find_rabbitmq() -> str | None:
    """The server's own program: the one on the path insists on the system's user."""
    own = Path("/").glob("usr/lib/rabbitmq/lib/*/sbin/rabbitmq-server")
    return next(map(str, own), shutil.which("rabbitmq-server"))


def find_epmd() -> str | None:
    """The port mapper of Erlang, which RabbitMQ is written in."""
    return shutil.which("epmd")


POSTGRESQL = Need("PostgreSQL server", "postgresql", find_postgresql)
REDIS = Need("Redis server", "redis-server", find_redis)
RABBITMQ = Need("RabbitMQ server", "rabbitmq-server", find_rabbitmq)
# What each phase of tools/test.py cannot do without.
NEEDS: dict[str, tuple[Need, ...]] = {
    "postgresql": (POSTGRESQL,),
    "cluster": (POSTGRESQL, REDIS, RABBITMQ),
    "faults": (POSTGRESQL, REDIS, RABBITMQ),
    "outside": (
        Need("Dovecot", "dovecot-imapd", lambda: _find("dovecot")),
        Need("SpamAssassin", "spamassassin", lambda: _find("spamassassin")),
        Need("nginx", "nginx-light", lambda: _find("nginx")),
        Need("systemd-analyze", "systemd", lambda: _find("systemd-analyze")),
        Need("ShellCheck", "shellcheck", lambda: _find("shellcheck")),
    ),
    "e2e": (Need("Chromium", "chromium", find_chromium),),
}


def install_missing(phases: Iterable[str]) -> dict[str, list[Need]]:
    """Install what these phases lack if we may; what each of them still lacks."""
    lacking = still_missing(phases := list(phases))
    packages = sorted({need.package for needs in lacking.values() for need in needs})
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(packages)
        return still_missing(phases)
    return lacking


def still_missing(phases: Iterable[str]) -> dict[str, list[Need]]:
    return {
        phase: [need for need in NEEDS.get(phase, ()) if need.find() is None]
        for phase in phases
    }


def in_words(needs: Iterable[Need]) -> str:
    """One line: what is missing and how to get it."""
    each = {need.name: need.package for need in needs}
    return (
        f"Missing on this machine: {', '.join(each)}. Install it, as root: "
        f"apt-get install {' '.join(sorted(set(each.values())))}"
    )


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, env=environment, check=False)


def _find(program: str) -> str | None:
    """Also where only the administrator's path leads."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(program, path=f"{path}{os.pathsep}/usr/sbin{os.pathsep}/sbin")


def _version(folder: Path) -> int:
    digits = "".join(filter(str.isdigit, folder.parent.name))
    return int(digits or 0)
