"""The run's own memory: what was begun and what the server answered.

One file for each run, written line by line past all buffers, so that it
survives the death of the process at any instant. The process holds the file
locked; the kernel frees the lock when the process is gone, and only then. The
file is not forced to disk: after a crash of the whole machine, which the boot id
tells, everything a run had claimed counts as begun.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from winback.delivery.rules import JournalState

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class JournalError(Exception):
    """The journal cannot be written: nothing more may be handed over."""


class Journal:
    """A run's journal, open for writing and locked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._is_torn = False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        try:
            self._file = os.open(path, flags, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise JournalError(f"{path.name}: {error.strerror}") from error
        self._write(f"h {boot_id()}\n".encode())

    def note(
        self,
        *,
        begun: Iterable[int] = (),
        done: Iterable[int] = (),
        refused: Iterable[int] = (),
        at: datetime,
    ) -> None:
        """Remember what the server accepted or did not take, and what goes out next.

        One write, however much there is. Raises JournalError; the contents of
        ``begun`` may not go out then, and nothing can be noted any more.
        """
        seconds = int(at.timestamp())
        lines = [b"d %d %d\n" % (number, seconds) for number in done]
        lines += [b"r %d\n" % number for number in refused]
        lines += [b"b %d\n" % number for number in begun]
        if lines:
            self._write(b"".join(lines))

    def close(self) -> None:
        """Let go of the file and leave it for recovery."""
        os.close(self._file)

    def remove(self) -> None:
        """Everything in it is committed."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, lines: bytes) -> None:
        if self._is_torn:  # what came behind half a line could not be read
            raise JournalError(os.strerror(errno.ENOSPC))
        try:
            written = os.write(self._file, lines)
        except OSError as error:
            self._is_torn = True
            raise JournalError(str(error.strerror)) from error
        if written != len(lines):
            self._is_torn = True
            raise JournalError(os.strerror(errno.ENOSPC))


@dataclass(slots=True)
class JournalRecord:
    """What a journal says."""

    done: dict[int, datetime] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)  # begun, and no answer known
    is_complete: bool = False  # False: lines may be missing


def journal_path(run_id: uuid.UUID) -> Path:
    home: Path = settings.CONFIG.home
    return home / "journal" / f"{run_id}.log"


def journal_state(path: Path) -> JournalState:
    """Whether the run's process has it open. Never waits."""
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError:
        return JournalState.OUT_OF_REACH
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return JournalState.HELD
    finally:
        os.close(file)
    return JournalState.FREE


def read_journal(path: Path) -> JournalRecord:
    """What a dead run's journal says; a torn last line says nothing.

    Its content was not handed over, or its answer is not known: both are what
    leaving the line out means.
    """
    record = JournalRecord()
    with contextlib.suppress(OSError):
        *lines, _torn = path.read_bytes().decode("ascii", "replace").split("\n")
        for line in lines:
            _read_line(record, line.split(" "))
    return record


def boot_id() -> str:
    """Changes with every start of the machine; empty where the system has none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _read_line(record: JournalRecord, words: list[str]) -> None:
    match words:
        case ["h", boot]:
            record.is_complete = boot == boot_id()
        case ["b", number]:
            record.open.add(int(number))
            record.refused.discard(int(number))
        case ["d", number, at]:
            record.open.discard(int(number))
            record.done[int(number)] = datetime.fromtimestamp(int(at), UTC)
        case ["r", number]:
            record.open.discard(int(number))
            record.refused.add(int(number))
