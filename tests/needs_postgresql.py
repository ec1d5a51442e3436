"""Tests that only PostgreSQL can run, such as several writers at one moment.

On SQLite they are left out of the run instead of skipped, and counted: the closing
table of ``tools/test.py`` compares both runs.
"""

from __future__ import annotations

import pytest
from _pytest.terminal import TerminalReporter
from django.db import connection

COUNT = pytest.StashKey[int]()
KEY = "needs_postgresql"


def leave_to_postgresql(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the marked tests out of a run on SQLite; count them on both databases."""
    marked = [item for item in items if item.get_closest_marker("postgresql")]
    _tell(config, len(marked))
    if connection.vendor == "sqlite" and marked:
        items[:] = [item for item in items if item not in marked]
        config.hook.pytest_deselected(items=marked)


def _tell(config: pytest.Config, count: int) -> None:
    config.stash[COUNT] = count
    output = getattr(config, "workeroutput", None)  # of a worker of xdist
    if output is not None:
        output[KEY] = count


def hear_worker(config: pytest.Config, output: dict[str, object]) -> None:
    """What a worker of xdist counted; each of them has collected all tests."""
    config.stash[COUNT] = int(str(output.get(KEY, 0)))


def print_count(reporter: TerminalReporter) -> None:
    """The line that ``tools/test.py`` reads."""
    count = reporter.config.stash.get(COUNT, 0)
    if count:
        what = "left out" if connection.vendor == "sqlite" else "run"
        reporter.line(f"needs PostgreSQL: {count} {what}")
