"""The table at the end of ``make test``: nothing is left out without being told."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "tools" / "test.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("closing_table", SOURCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("sqlite", 3, 0), ("postgresql", 0, 3)], [(3, 0, "3 run there")]),
        ([("sqlite", 3, 0), ("postgresql", 0, 2)], [(3, 3, "2 run there")]),
        (
            [("sqlite", 3, 0)],
            [(3, 0, "not run: phase postgresql not chosen")],
        ),
        ([("postgresql", 0, 3)], []),
    ],
)
def test_tests_left_out_on_sqlite_are_told_with_the_run_that_has_them(tool, rows, told):
    ran = [
        tool.Row(phase, left_out=left_out, needing=needing)
        for phase, left_out, needing in rows
    ]

    lines = tool._needing_postgresql(ran)

    assert [(one.deselected, one.failed, one.where) for one in lines] == told


def test_line_about_postgresql_is_read_from_the_output_of_a_run(tool):
    lines = "'.... [100%]', 'needs PostgreSQL: 3 left out', '45 passed in 1.00s'"
    script = f"for line in [{lines}]: print(line)"

    done = tool._run_showing([sys.executable, "-c", script], {})

    assert done == (0, "45 passed in 1.00s\n", {"left out": 3})
