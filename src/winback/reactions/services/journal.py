"""The journal of hits: written before a reader gets an answer, stored soon after.

Each process appends to a file of its own and holds it locked; the kernel frees
the lock when the process is gone. A file that nobody holds is brought in by
whoever comes first: the web process itself a moment later, or a worker. One
``write`` before the answer is all that survival of the process needs; the file is
not forced to disk, so a crash of the whole machine can cost the last moments.
Every hit carries its id: brought in twice, it is stored once.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError

from winback.reactions.services.storing import (
    SeenHit,
    is_whole,
    line_of,
    store_lines,
)

logger = logging.getLogger(__name__)
HITS_PER_ROUND = 500


class HitJournal:
    """This process's file; it is made at the first hit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: int | None = None

    def keep(self, hit: SeenHit) -> None:
        """Remember one hit past the death of this process. Raises OSError."""
        line = line_of(hit) + b"\n"
        with self._lock:
            if self._file is None:
                self._file = _new_file()
            if os.write(self._file, line) != len(line):
                # What came behind half a line could not be read.
                self._close()
                raise OSError("no room for the whole line")

    def let_go(self) -> None:
        """From here on, what was kept can be brought in."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


_of_this_process = HitJournal()
keep_hit = _of_this_process.keep
let_go = _of_this_process.let_go


def bring_in_hits() -> int:
    """Store what this process and dead ones have kept; how many hits.

    Stops at a database that is away. Harmless to call from many at once.
    """
    let_go()
    folder = _folder()
    if not folder.is_dir():
        return 0
    stored = 0
    try:
        for path in sorted(folder.glob("*.log")):
            stored += _bring_in(path)
    except Error as error:
        logger.warning("Hits wait for the database: %s", error)
    return stored


def _folder() -> Path:
    home: Path = settings.CONFIG.home
    return home / "hits"


def _new_file() -> int:
    """A new file of a name of its own, locked."""
    folder = _folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    while True:
        path = folder / f"{uuid.uuid4()}.log"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        file = os.open(path, flags, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_still(path, file):
            return file
        os.close(file)  # somebody has taken it for a dead process's


def _is_still(path: Path, file: int) -> bool:
    """Whether the open file has this name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _bring_in(path: Path) -> int:
    """Store the hits of one file unless somebody holds it. Raises Error."""
    with contextlib.suppress(FileNotFoundError, BlockingIOError), path.open("rb") as f:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(path, f.fileno()):
            lines = _readable(f)
            stored = 0
            while some := list(islice(lines, HITS_PER_ROUND)):
                stored += _store(some)
            path.unlink()
            return stored
    return 0


def _store(lines: list[bytes]) -> int:
    """Store them all, or all but those that no database takes. Raises Error."""
    try:
        return store_lines(lines)
    except (OperationalError, InterfaceError):
        raise  # it is away
    except Error:
        if len(lines) == 1:
            logger.exception("A hit is lost: %s", lines[0].decode("utf-8", "replace"))
            return 0
        middle = len(lines) // 2
        return _store(lines[:middle]) + _store(lines[middle:])


def _readable(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that were written to their end."""
    for line in lines:
        if is_whole(line):
            yield line
        else:
            logger.warning("A line of a journal of hits was torn and is left out.")
