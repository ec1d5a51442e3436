"""Every benchmark in one run on this machine: ``make bench``.

    python -m bench [--quick]

Each script prints its own JSON object; those that ask a database run on a new
PostgreSQL server and on SQLite. Takes about a quarter of an hour; ``--quick``
takes sizes that only show that everything works.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from machine import in_words, install_missing  # noqa: E402 - lies in tools/
from servers import temporary_postgresql  # noqa: E402

BOTH = ("SQLite", "PostgreSQL")
OWN = ("databases of its own",)
# script: arguments, quick arguments, databases
BENCHES: dict[str, tuple[list[str], list[str], tuple[str, ...]]] = {
    "audience": (["--leads", "1000000"], ["--leads", "20000"], BOTH),
    "import_leads": (["200000"], ["5000"], BOTH),
    "content": ([], [], ("SQLite",)),
    "tracking": (["8", "3"], ["2", "1"], BOTH),
    "delivery": (["speed", "20000", "5"], ["speed", "500", "1"], OWN),
    "delivery scale": (["scale"], ["scale", "2000", "20000"], OWN),
}


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    missing = install_missing(["postgresql"])["postgresql"]
    if missing:
        print(in_words(missing))
        return 1
    failed = [
        f"{name} on {database}"
        for name, (full, short, databases) in BENCHES.items()
        for database in databases
        if not _run(name, short if quick else full, database)
    ]
    print(f"Failed: {', '.join(failed)}" if failed else "All benchmarks ran.")
    return 1 if failed else 0


def _run(name: str, arguments: list[str], database: str) -> bool:
    """Run one script in a home of its own; True if it came to its end."""
    print(f"== {name} on {database}", flush=True)
    with tempfile.TemporaryDirectory(prefix="winback-bench-") as home:
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("WINBACK_")
        }
        environment |= {"WINBACK_HOME": home, "PYTHONPATH": str(ROOT / "src")}
        module = f"bench.{name.partition(' ')[0]}"
        command = [sys.executable, "-m", module, *arguments]
        if database != "PostgreSQL":
            return _is_done(command, environment)
        with temporary_postgresql() as url:
            return _is_done(command, environment | {"WINBACK_DATABASE_URL": url})


def _is_done(command: list[str], environment: dict[str, str]) -> bool:
    return subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
