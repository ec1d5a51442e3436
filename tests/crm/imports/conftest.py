from datetime import UTC, datetime
from pathlib import Path

import pytest

from winback.crm.imports import running, services
from winback.crm.models import Lead

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def by_title(title):
    return Lead.objects.get(title=title)


@pytest.fixture
def now():
    return NOW


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Every test keeps its uploads and error files in a folder of its own."""
    home = tmp_path / "home"
    home.mkdir()
    settings.CONFIG = _Moved(settings.CONFIG, home)
    return home


class _Moved:
    def __init__(self, config, home):
        self._config = config
        self.home = home

    def __getattr__(self, name):
        return getattr(self._config, name)


@pytest.fixture
def table(tmp_path):
    """Writes a file and gives its path: text in UTF-8, or bytes as they are."""

    def write(content, name="leads.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def import_file(table):
    """Imports text, bytes or a path with the guessed mapping, or with ``mapping``."""

    def run(content, *, mapping=None, by=None, now=NOW):
        path = content if isinstance(content, Path) else table(content)
        started = services.start_import(path, by=by, now=now)
        if mapping is not None:
            started.mapping = mapping
            started.save(update_fields=["mapping"])
        return running.run_import(started, now=now)

    return run
