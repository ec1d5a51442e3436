"""Every check and test, each phase whatever the one before said.

    python tools/test.py            everything
    python tools/test.py lint       only the phases named: lint, sqlite, postgresql,
                                    outside, cluster, faults, e2e

Ends with a table of what ran where, and the plain line "N passed, N failed".
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from machine import find_chromium, in_words, install_missing
from rich.console import Console
from rich.table import Table
from servers import temporary_postgresql

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("WINBACK_TEST_SHARED", ROOT.parent / "shared" / "data"))
CODE = [
    name
    for name in ("src", "tests", "tools", "bench", "sample")
    if (ROOT / name).is_dir()
]
PYTHON = sys.executable
NO_TESTS_COLLECTED = 5
LINT = {
    "ruff": [PYTHON, "-m", "ruff", "check", *CODE],
    "format": [PYTHON, "-m", "ruff", "format", "--check", *CODE],
    "djlint": [PYTHON, "-m", "djlint", "--lint", "--quiet", "src"],
    "imports": [str(Path(PYTHON).parent / "lint-imports")],
    "types": [PYTHON, "-m", "mypy"],
    "migrations": [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    "translations": [PYTHON, "tools/translations.py"],
}
PLAIN = "not outside and not cluster and not faults and not e2e"
PYTEST = [PYTHON, "-m", "pytest", "-q", "--durations=5"]
# The line of tests/needs_postgresql.py: how many, and whether they ran.
NEEDING = re.compile(r"^needs PostgreSQL: (\d+) (run|left out)")
OUTCOME = re.compile(r"(\d+) (passed|failed|errors?|skipped|deselected|xfailed)")


@dataclass(frozen=True, slots=True)
class Suite:
    """One run of pytest."""

    key: str
    where: str
    options: tuple[str, ...]
    on_postgresql: bool = False


SUITES = (
    Suite("sqlite", "SQLite", ("-n", "2", "-m", PLAIN)),
    Suite("postgresql", "PostgreSQL", ("-n", "2", "-m", PLAIN), on_postgresql=True),
    Suite(
        "outside",
        "SQLite, other people's programs",
        ("-n", "2", "--dist", "loadfile", "-m", "outside"),
    ),
    # These two wait most of their time.
    Suite("cluster", "PostgreSQL, Redis, RabbitMQ", ("-n", "3", "-m", "cluster")),
    Suite("faults", "SQLite, PostgreSQL, Redis", ("-n", "3", "-m", "faults")),
    Suite(
        "e2e",
        "SQLite, Chromium",
        # In the order of tests/e2e/conftest.py: the longest file is not left for
        # the end alone.
        ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-m", "e2e"),
    ),
)


@dataclass(slots=True)
class Row:
    """One line of the closing table."""

    phase: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    deselected: int = 0
    seconds: float = 0.0
    where: str = ""
    # Tests that only PostgreSQL can run: left out here, run here.
    left_out: int = 0
    needing: int = 0


def main() -> int:
    console = Console()
    chosen = set(sys.argv[1:])
    # Leave no server behind when somebody ends us.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begin = time.monotonic()
    rows = list(_phases(chosen, console))
    rows += _needing_postgresql(rows)
    console.print(_table(rows))
    console.print(_conformance_note())
    console.print(f"{time.monotonic() - begin:.0f} seconds in all.")
    passed, failed = sum(row.passed for row in rows), sum(row.failed for row in rows)
    sys.stdout.write(f"{passed} passed, {failed} failed\n")
    return 1 if failed or not passed else 0


def _phases(chosen: set[str], console: Console) -> Iterator[Row]:
    if not chosen or "lint" in chosen:
        for name, command in LINT.items():
            yield _check(name, command, console)
    suites = [suite for suite in SUITES if not chosen or suite.key in chosen]
    if not suites:
        return
    missing = install_missing([suite.key for suite in suites])
    if needs := [need for lacking in missing.values() for need in lacking]:
        console.print(in_words(needs), style="bold red", soft_wrap=True)
    for suite in suites:
        if lacking := missing[suite.key]:
            names = ", ".join(need.name for need in lacking)
            yield Row(suite.key, failed=1, where=f"missing: {names}")
        else:
            with _environment_of(suite) as environment:
                yield _run(suite, environment, console)


def _needing_postgresql(rows: list[Row]) -> list[Row]:
    """A line that says where the tests ran that SQLite left out, if it left out any."""
    left_out = sum(row.left_out for row in rows)
    run = sum(row.needing for row in rows if row.phase == "postgresql")
    if not left_out:
        return []
    asked_for = any(row.phase == "postgresql" for row in rows)
    where = f"{run} run there" if asked_for else "not run: phase postgresql not chosen"
    lost = left_out if asked_for and run != left_out else 0
    return [Row("needs PostgreSQL", failed=lost, deselected=left_out, where=where)]


@contextlib.contextmanager
def _environment_of(suite: Suite) -> Iterator[dict[str, str]]:
    """What its tests are told: a database, a browser, which luck faults have."""
    given = os.environ.get("WINBACK_TEST_FAULT_SEED")
    told = {
        "WINBACK_TEST_CHROMIUM": find_chromium() or "",
        "WINBACK_TEST_FAULT_SEED": given or str(secrets.randbelow(100_000)),
    }
    if not suite.on_postgresql:
        yield told
        return
    with temporary_postgresql() as url:
        yield told | {"WINBACK_DATABASE_URL": url}


def _check(name: str, command: list[str], console: Console) -> Row:
    console.rule(name)
    begin = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=_environment({}), check=False)
    return Row(
        name,
        passed=int(done.returncode == 0),
        failed=int(done.returncode != 0),
        seconds=time.monotonic() - begin,
    )


def _run(suite: Suite, environment: dict[str, str], console: Console) -> Row:
    console.rule(f"{suite.key} ({suite.where})")
    begin = time.monotonic()
    command, told = [*PYTEST, *suite.options], _environment(environment)
    code, last, needing = _run_showing(command, told)
    counts = {word.rstrip("s"): int(number) for number, word in OUTCOME.findall(last)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    if code not in {0, NO_TESTS_COLLECTED}:
        failed = max(failed, 1)  # also when it died before it could count
    note = ": there are none yet" if code == NO_TESTS_COLLECTED else ""
    return Row(
        suite.key,
        passed=counts.get("passed", 0),
        failed=failed,
        skipped=counts.get("skipped", 0) + counts.get("xfailed", 0),
        deselected=counts.get("deselected", 0),
        seconds=time.monotonic() - begin,
        where=f"{suite.where}{note}",
        left_out=needing.get("left out", 0),
        needing=needing.get("run", 0),
    )


def _run_showing(
    command: list[str], environment: dict[str, str]
) -> tuple[int, str, dict[str, int]]:
    """Run it before everybody's eyes; its exit code, the last line that counts, and
    how many tests need PostgreSQL."""
    last, needing = "", {}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            if OUTCOME.search(line) and " in " in line:
                last = line
            if said := NEEDING.match(line):
                needing[said[2]] = int(said[1])
    return process.returncode, last, needing


def _environment(more: dict[str, str]) -> dict[str, str]:
    """Without settings of an installation that this shell may be meant for."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WINBACK_") or name.startswith("WINBACK_TEST_")
    }
    return kept | {"PYTHONPATH": str(ROOT / "src")} | more


def _table(rows: list[Row]) -> Table:
    table = Table(title="What ran where")
    table.add_column("phase")
    for name in ("passed", "failed", "skipped", "deselected", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("on")
    for row in rows:
        table.add_row(
            row.phase,
            str(row.passed),
            str(row.failed),
            str(row.skipped),
            str(row.deselected),
            f"{row.seconds:.0f}",
            row.where,
            style="red" if row.failed else None,
        )
    return table


def _conformance_note() -> str:
    if SHARED.is_dir():
        return f"Conformance tests ran with the real inputs in {SHARED}."
    return f"Conformance tests did not run: no real inputs in {SHARED}."


if __name__ == "__main__":
    sys.exit(main())
