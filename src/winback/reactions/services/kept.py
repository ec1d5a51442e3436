"""Hits that the database could not take: kept in a file until it can.

The reader was led on already, so what they did must not be forgotten. Any
process with this home brings them in: the next hit's, or a worker's.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error

from winback.reactions.models import HitKind
from winback.reactions.services.hits import SeenHit, record_hit

logger = logging.getLogger(__name__)


def keep_hit(hit: SeenHit) -> None:
    """Remember one hit past the death of this process. Raises OSError."""
    line = json.dumps(asdict(hit) | {"at": hit.at.isoformat()})
    with _open_for_adding(_folder() / "hits") as file:
        os.write(file, f"{line}\n".encode())


def bring_in_hits() -> int:
    """Store what was kept; how many hits. Harmless to call from many at once.

    Stops at a database that is still away. A process that dies in the middle
    may have some hits stored twice, which changes no date and no count of people.
    """
    folder = settings.CONFIG.home / "hits"
    if not folder.is_dir():
        return 0
    with contextlib.suppress(FileNotFoundError):
        _set_aside(folder / "hits")
    return sum(_bring_in(path) for path in sorted(folder.glob("*.aside")))


def _folder() -> Path:
    folder: Path = settings.CONFIG.home / "hits"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextlib.contextmanager
def _open_for_adding(path: Path) -> Iterator[int]:
    """The file of that name, locked; not one that was set aside meanwhile."""
    while True:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                yield file
                return
        finally:
            os.close(file)


def _is_still(path: Path, file: int) -> bool:
    """Whether the open file has this name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _set_aside(path: Path) -> None:
    """From here on nobody adds to it. Raises FileNotFoundError."""
    file = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_still(path, file):
            path.rename(path.with_name(f"{uuid.uuid4()}.aside"))
    finally:
        os.close(file)


def _bring_in(path: Path) -> int:
    """Store the hits of one file unless somebody else is at it, or was."""
    with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as f:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(path, f.fileno()):
            return _store_all(path, f.read().splitlines())
    return 0


def _store_all(path: Path, lines: list[bytes]) -> int:
    try:
        stored = sum(map(_store, lines))
    except Error as error:
        logger.warning("Hits wait for the database: %s", error)
        return 0
    path.unlink(missing_ok=True)
    return stored


def _store(line: bytes) -> bool:
    """One hit; False if its line was torn or its mail is gone. Raises Error."""
    try:
        told = json.loads(line)
        told |= {
            "kind": HitKind(told["kind"]),
            "at": datetime.fromisoformat(told["at"]),
        }
        hit = SeenHit(**told)
    except (ValueError, KeyError, TypeError):
        return False
    return record_hit(hit)
