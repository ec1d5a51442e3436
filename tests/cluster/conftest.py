"""A PostgreSQL database and a Redis of the tests' own; both really run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import psycopg
import pytest


def _needed(name: str) -> str:
    if name not in os.environ:
        pytest.skip(f"{name} is not set; `make test` starts the server and sets it")
    return os.environ[name]


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty database, dropped afterwards."""
    server = _needed("WINBACK_TEST_POSTGRESQL_URL")
    name = f"cluster_{uuid.uuid4().hex[:12]}"
    base = server.rpartition("/")[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{base}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url() -> str:
    return _needed("WINBACK_TEST_REDIS_URL")
