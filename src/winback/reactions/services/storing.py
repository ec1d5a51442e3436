"""Hits into the database: many by one statement, which reads the journal's own lines.

A line is a JSON array of SeenHit's fields. The database takes it apart, so that
the web process, whose thread stores, has time for answers meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

import orjson
from django.db import IntegrityError, connection, transaction

from winback.mailings.models import Recipient, TrackedLink
from winback.reactions.models import Hit, HitKind, Verdict

TRIES = 3


@dataclass(frozen=True, slots=True)
class SeenHit:
    """One open or click, and of who did it as much as is kept."""

    event_id: str  # 32 hexadecimal digits, see ``new_event_id``
    kind: HitKind
    recipient_id: int
    link_id: int | None
    at: datetime
    method: str
    user_agent: str
    ip_prefix: str
    purpose: str


_NAMES = tuple(field.name for field in fields(SeenHit))
_as_tuple = attrgetter(*_NAMES)
_KINDS = frozenset(HitKind.values)
# What lies in a line's place; substr is PostgreSQL's and SQLite's. Longest values
# are those of the columns.
_TEXTS = {"kind": 5, "method": 7, "user_agent": 500, "ip_prefix": 50, "purpose": 40}


def new_event_id() -> str:
    """An id for a hit; those of one moment stand side by side in an index."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def line_of(hit: SeenHit) -> bytes:
    """The hit as it stands in the journal, without the line's end.

    Raises TypeError for letters that are none (half a surrogate pair).
    """
    values = _as_tuple(hit)
    line = orjson.dumps(values)
    if b"\\u0000" in line:  # no text of PostgreSQL's can hold it
        clean = [v.replace("\0", "") if isinstance(v, str) else v for v in values]
        line = orjson.dumps(clean)
    return line


def is_whole(line: bytes) -> bool:
    """Whether the line says all of a hit; a process may have died in its middle."""
    try:
        event_id, kind, recipient_id, link_id, at, *texts = orjson.loads(line)
        return (
            len(bytes.fromhex(event_id)) == 16
            and kind in _KINDS
            and type(recipient_id) is int
            and (link_id is None or type(link_id) is int)
            and datetime.fromisoformat(at).utcoffset() is not None
            and len(texts) == len(_NAMES) - 5
            and all(type(text) is str for text in texts)
        )
    except (ValueError, TypeError):
        return False


def store_lines(lines: Sequence[bytes]) -> int:
    """Store whole lines, not yet judged; how many hits are new.

    A hit of a mail that is gone is dropped, one that is stored already stays as it
    is. Raises ``django.db.Error``; nothing of them is stored then.
    """
    for _ in range(TRIES - 1):
        # A mail may be deleted between our look and the commit.
        with contextlib.suppress(IntegrityError):
            return _store(lines)
    return _store(lines)


def _store(lines: Sequence[bytes]) -> int:
    array = b"[" + b",".join(lines) + b"]"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_statement(), [array.decode()])
        return int(cursor.rowcount)


def _statement() -> str:
    is_postgresql = connection.vendor == "postgresql"
    values = _postgresql_values() if is_postgresql else _sqlite_values()
    values |= {
        "recipient_id": "recipient.id",
        "link_id": "link.id",
        "verdict": f"'{Verdict.UNKNOWN.value}'",
        "verdict_reason": "''",
        "rules_version": "0",
    }
    rows = "jsonb_array_elements(%s::jsonb) AS hit(value)"
    place = "(hit.value->>{})::bigint"
    if not is_postgresql:
        rows, place = "json_each(%s) AS hit", "json_extract(hit.value, '$[{}]')"
    recipient_id = place.format(_NAMES.index("recipient_id"))
    link_id = place.format(_NAMES.index("link_id"))
    # "WHERE true" parts ON CONFLICT from the join for SQLite's parser.
    return (
        f"INSERT INTO {Hit._meta.db_table} ({', '.join(values)})"  # noqa: S608 - names of our own only
        f" SELECT {', '.join(values.values())} FROM {rows}"
        f" JOIN {Recipient._meta.db_table} recipient ON recipient.id = {recipient_id}"
        f" LEFT JOIN {TrackedLink._meta.db_table} link ON link.id = {link_id}"
        " WHERE true ON CONFLICT (event_id) DO NOTHING"
    )


def _postgresql_values() -> dict[str, str]:
    texts = {
        name: f"substr(hit.value->>{_NAMES.index(name)}, 1, {length})"
        for name, length in _TEXTS.items()
    }
    return {
        "event_id": "(hit.value->>0)::uuid",
        "at": f"(hit.value->>{_NAMES.index('at')})::timestamptz",
    } | texts


def _sqlite_values() -> dict[str, str]:
    """As Django writes them there: hexadecimal digits, a time without its zone."""
    places = {
        name: f"json_extract(hit.value, '$[{number}]')"
        for number, name in enumerate(_NAMES)
    }
    at = places["at"]
    texts = {
        name: f"substr({places[name]}, 1, {length})" for name, length in _TEXTS.items()
    }
    return {
        "event_id": places["event_id"],
        "at": f"replace(substr({at}, 1, instr({at}, '+') - 1), 'T', ' ')",
    } | texts
