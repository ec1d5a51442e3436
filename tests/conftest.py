"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from django.utils import translation

from tests.faults.totals import print_totals
from tests.needs_postgresql import hear_worker, leave_to_postgresql, print_count

PROJECT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WINBACK_TEST_SHARED", PROJECT.parent / "shared" / "data"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out what cannot run here: without real inputs, on SQLite."""
    leave_to_postgresql(config, items)
    if SHARED.is_dir():
        return
    absent = [item for item in items if item.get_closest_marker("conformance")]
    items[:] = [item for item in items if item not in absent]
    config.hook.pytest_deselected(items=absent)


@pytest.fixture(autouse=True)
def own_language():
    """What a page was asked for in one language says nothing of the next test's."""
    yield
    translation.deactivate()


@pytest.fixture
def shared_data():
    """The folder of real inputs, read in place."""
    return SHARED


@pytest.fixture
def free_port() -> int:
    """A port on which nothing listens right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pytest_terminal_summary(terminalreporter):
    """What the fault tests have done, all together; what needs PostgreSQL."""
    print_totals(terminalreporter)
    print_count(terminalreporter)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """A worker of xdist has finished, or died."""
    hear_worker(node.config, getattr(node, "workeroutput", {}))
