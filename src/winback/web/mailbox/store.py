"""The mailbox's own SQLite file: not the product's database, and safe to delete."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from winback.core.text import fold

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at TEXT NOT NULL,
    envelope_sender TEXT NOT NULL,
    envelope_recipient TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    folded TEXT NOT NULL,
    size INTEGER NOT NULL,
    read_at TEXT
);
CREATE TABLE IF NOT EXISTS source (
    mail_id INTEGER PRIMARY KEY REFERENCES mail (id),
    raw BLOB NOT NULL
);
"""
MAX_ID = 2**63 - 1  # SQLite knows no larger number
LIST_COLUMNS = "id, received_at, envelope_recipient, sender, subject, read_at"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one recipient, as taken over SMTP."""

    received_at: datetime
    envelope_sender: str
    envelope_recipient: str
    sender: str
    subject: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class MailLine:
    """One line of the list."""

    id: int
    received_at: datetime
    recipient: str
    sender: str
    subject: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class StoredMail:
    id: int
    received_at: datetime
    envelope_sender: str
    envelope_recipient: str
    raw: bytes


class MailStore:
    """Reads and writes the file; every call opens it anew, so threads may share one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._connection() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)

    def add(self, deliveries: Iterable[Delivery]) -> None:
        """Keep all of them, or none; durable against a crash of any process."""
        with self._connection() as connection, connection:
            for delivery in deliveries:
                cursor = connection.execute(
                    "INSERT INTO mail (received_at, envelope_sender,"
                    " envelope_recipient, sender, subject, folded, size)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        delivery.received_at.isoformat(),
                        delivery.envelope_sender,
                        delivery.envelope_recipient,
                        delivery.sender,
                        delivery.subject,
                        _folded(delivery),
                        len(delivery.raw),
                    ),
                )
                connection.execute(
                    "INSERT INTO source (mail_id, raw) VALUES (?, ?)",
                    (cursor.lastrowid, delivery.raw),
                )

    def lines(
        self, *, search: str = "", before_id: int | None = None, limit: int = 50
    ) -> list[MailLine]:
        """Newest first; those below ``before_id`` where it is given."""
        where, values = _matching(search)
        if before_id is not None:
            where, values = f"{where} AND id < ?", [*values, before_id]
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT {LIST_COLUMNS} FROM mail WHERE {where}"  # noqa: S608
                " ORDER BY id DESC LIMIT ?",
                [*values, limit],
            ).fetchall()
        return [_line(row) for row in rows]

    def count(self, *, search: str = "") -> int:
        where, values = _matching(search)
        with self._connection() as connection:
            row = connection.execute(
                f"SELECT count(*) FROM mail WHERE {where}",  # noqa: S608
                values,
            ).fetchone()
        return int(row[0])

    def get(self, mail_id: int) -> StoredMail | None:
        if mail_id > MAX_ID:
            return None
        with self._connection() as connection:
            row = connection.execute(
                "SELECT id, received_at, envelope_sender, envelope_recipient, raw"
                " FROM mail JOIN source ON mail_id = id WHERE id = ?",
                [mail_id],
            ).fetchone()
        if row is None:
            return None
        return StoredMail(row[0], datetime.fromisoformat(row[1]), *row[2:])

    def mark_read(self, mail_id: int, *, now: datetime) -> None:
        with self._connection() as connection, connection:
            connection.execute(
                "UPDATE mail SET read_at = ? WHERE id = ? AND read_at IS NULL",
                [now.isoformat(), mail_id],
            )

    def clear(self) -> None:
        with self._connection() as connection, connection:
            connection.execute("DELETE FROM source")
            connection.execute("DELETE FROM mail")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            connection.execute("PRAGMA synchronous=NORMAL")
            yield connection


def _matching(search: str) -> tuple[str, list[object]]:
    """A condition under which every word of ``search`` occurs."""
    words = fold(search).replace("\0", "").split()
    conditions = ["instr(folded, ?) > 0" for _ in words]
    return " AND ".join(["1", *conditions]), list(words)


def _folded(delivery: Delivery) -> str:
    return fold(f"{delivery.envelope_recipient} {delivery.sender} {delivery.subject}")


def _line(row: tuple[int, str, str, str, str, str | None]) -> MailLine:
    mail_id, received_at, recipient, sender, subject, read_at = row
    when = datetime.fromisoformat(received_at).astimezone(UTC)
    return MailLine(mail_id, when, recipient, sender, subject, read_at is not None)
