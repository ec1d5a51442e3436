"""The blacklist as a CSV file, both ways."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from winback.consent.models import BlacklistEntry
from winback.consent.rules import read_entry
from winback.crm.cells import neutralized, with_formula_sign

MAX_ROWS = 200_000
COLUMNS = ("kind", "address", "reason", "note", "created_at", "created_by")
# What the column of addresses, domains or hashes is called in the files of others.
_ENTRY_WORDS = """
    address email e-mail email_address domain hash sha256 sha-256 fingerprint
    адреса пошта домен ایمیل نشانی دامنه
"""
_ENTRY_HEADERS = frozenset(_ENTRY_WORDS.split()) | {"email address"}
_NOTE_HEADERS = frozenset({"note", "comment", "примітка", "یادداشت"})


class UnreadableFileError(ValueError):
    """What was uploaded is no table of text."""


class FileRow(NamedTuple):
    number: int  # of the line that it begins on, from 1
    typed: str
    note: str


def read_rows(content: bytes) -> list[FileRow]:
    """The lines of a CSV file, or of one address, domain or hash a line.

    Which cell is meant tells the header; without one it is the cell with an ``@``,
    else the first that is not empty. Empty lines and the header are passed over.
    Raises UnreadableFileError.
    """
    text = _text(content)
    first_line = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    lines = csv.reader(io.StringIO(text), delimiter=delimiter)
    rows: list[FileRow] = []
    columns = _Columns()
    number = 0
    try:
        for cells in lines:
            begun, number = number + 1, lines.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not rows and not columns.is_known and columns.learn(cells):
                continue
            rows.append(FileRow(begun, columns.entry(cells), columns.note(cells)))
            if len(rows) > MAX_ROWS:
                raise UnreadableFileError
    except csv.Error:
        raise UnreadableFileError from None
    return rows


class _Columns:
    """Where a line's entry and its note stand."""

    def __init__(self) -> None:
        self.is_known = False
        self._entry = self._note = -1

    def learn(self, cells: list[str]) -> bool:
        """Whether ``cells`` are the header."""
        self.is_known = True
        names = [cell.strip().lower() for cell in cells]
        self._entry = _first(names, _ENTRY_HEADERS)
        self._note = _first(names, _NOTE_HEADERS)
        found = max(self._entry, self._note) >= 0
        # A word above a list of addresses is a header too, by whatever name.
        return found or not any(read_entry(name) for name in names)

    def entry(self, cells: list[str]) -> str:
        filled = [cell for cell in cells if cell.strip()]
        if 0 <= self._entry < len(cells):
            typed = cells[self._entry]
        else:
            typed = next((cell for cell in filled if "@" in cell), filled[0])
        return with_formula_sign(typed.strip())

    def note(self, cells: list[str]) -> str:
        has_note = 0 <= self._note < len(cells)
        return with_formula_sign(cells[self._note]) if has_note else ""


def _first(names: list[str], wanted: frozenset[str]) -> int:
    return next((at for at, name in enumerate(names) if name in wanted), -1)


def csv_lines(entries: Iterable[BlacklistEntry]) -> Iterator[str]:
    """A CSV file line by line, beginning with the mark that Excel needs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow(COLUMNS)
    for entry in entries:
        cells = (
            entry.kind,
            entry.address,
            entry.reason,
            entry.note,
            entry.created_at.isoformat(),
            str(entry.created_by or ""),
        )
        writer.writerow([neutralized(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _text(content: bytes) -> str:
    if b"\0" in content:
        raise UnreadableFileError
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1251", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
