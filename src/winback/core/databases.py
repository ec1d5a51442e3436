"""What a connection to the database is told beside queries."""

from __future__ import annotations

from django.db import connection as own_connection
from django.db.backends.base.base import BaseDatabaseWrapper


def do_not_compile(*, connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    """Have PostgreSQL read its plans instead of compiling them first.

    It compiles what it takes to be expensive. Questions about many leads are
    rated far too high, and the compiling then takes as long as the question
    itself: 0.25 s of 0.5 s for 125,000 leads, seconds at a million.
    """
    if connection.vendor == "postgresql":
        connection.connection.execute("SET jit = off")


def take_turns(name: str) -> None:
    """Wait until no other transaction holds ``name``; hold it until this one ends.

    For what two may begin at once that no row stands for yet. On SQLite a
    transaction that writes is alone already.
    """
    if own_connection.vendor == "postgresql":
        with own_connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name]
            )
