"""Empty databases with all tables: migrated once, copied for every later test.

To migrate takes seconds of a core, and what these tests are about comes after.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from machine import find_postgresql


def migrate(database_url: str, by_product: Callable[[], object]) -> None:
    """``by_product`` does it for the first database of a kind in this process."""
    copy, take = (
        (_put_sqlite, _take_sqlite)
        if database_url.startswith("sqlite")
        else (_put_postgresql, _take_postgresql)
    )
    kept = _folder() / take.__name__
    if kept.exists():
        copy(kept, database_url)
        return
    by_product()
    take(database_url, kept)


@cache
def _folder() -> Path:
    """Of this process; it goes with it."""
    folder = tempfile.mkdtemp(prefix="winback-migrated-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _take_sqlite(database_url: str, kept: Path) -> None:
    _copy_sqlite(_path(database_url), kept)


def _put_sqlite(kept: Path, database_url: str) -> None:
    _copy_sqlite(kept, _path(database_url))


def _copy_sqlite(source: Path, target: Path) -> None:
    """With the mode of its journal, which is a property of the file."""
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def _path(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def _take_postgresql(database_url: str, kept: Path) -> None:
    _run("pg_dump", "--no-owner", "--file", str(kept), database_url)


def _put_postgresql(kept: Path, database_url: str) -> None:
    _run(
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        "--single-transaction",
        "--output=/dev/null",
        f"--file={kept}",
        database_url,
    )


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(Path(find_postgresql() or "") / program), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
