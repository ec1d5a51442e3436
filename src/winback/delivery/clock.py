"""One time for all hosts: the database's, carried on by a clock nobody sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

from winback.delivery.engine.lease import uptime_seconds

Clock = Callable[[], datetime]  # aware, as datetime.now(UTC) gives it


def shared_clock() -> Clock:
    """A clock that agrees with those of all other hosts on this database.

    Asks the database once. Heartbeats, limits and retries are written by one
    host and judged by another: a host whose own clock is half an hour ahead
    would bury runs of others that are well. On SQLite there is one host only.
    """
    began_at, then = uptime_seconds(), _database_time().timestamp()

    def now() -> datetime:
        return datetime.fromtimestamp(then + uptime_seconds() - began_at, UTC)

    return now


def _database_time() -> datetime:
    if connection.vendor == "sqlite":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at
