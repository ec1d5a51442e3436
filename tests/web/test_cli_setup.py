from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def winback(tmp_path):
    """The command as its own process, on a home where nothing has run yet."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WINBACK_")}
    environment = kept | {
        "WINBACK_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT / "src"),
    }

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "winback", *map(str, arguments)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_first_import_makes_the_database(winback, tmp_path):
    leads = tmp_path / "leads.csv"
    leads.write_text("title,email\nA lamp,ann@example.org\n")

    done = winback("import", "leads", leads, "--json")

    assert json.loads(done.stdout)["created"] == 1
    (tmp_path / "all.json").write_text("{}")
    counted = winback("audience", "count", tmp_path / "all.json", "--json")
    assert json.loads(counted.stdout)["will_be_mailed"] == 1


def test_mailing_is_made_where_nobody_has_an_account_yet(winback, tmp_path):
    (tmp_path / "body.txt").write_text("Hello, it is back.")

    made = winback(
        *("mailing", "create", "--subject", "Back in stock"),
        *("--body-file", tmp_path / "body.txt", "--json"),
    )

    assert made.returncode == 0, made.stderr
    status = winback("mailing", "status", json.loads(made.stdout)["id"], "--json")
    assert json.loads(status.stdout)["state"] == "draft"
    login = winback("person", "password", "command-line@localhost")
    assert login.returncode == 1  # nobody can make it an account to log in with


def test_database_of_an_older_version_is_left_alone(winback, tmp_path):
    winback("migrate")
    database = tmp_path / "home" / "winback.sqlite3"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'results'")

    done = winback("rejudge")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database is of an older version.")


def test_database_that_is_none_is_said_in_one_line(winback, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "winback.sqlite3").write_bytes(b"not a database" * 100)

    done = winback("rejudge")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database cannot be used")
    assert "Traceback" not in done.stderr
