"""The blacklist as a CSV file, both ways."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from winback.consent.models import BlacklistEntry
from winback.crm.cells import neutralized, with_formula_sign

MAX_ROWS = 200_000
COLUMNS = ("address", "reason", "note", "created_at", "created_by")


class UnreadableFileError(ValueError):
    """What was uploaded is no table of text."""


def read_rows(content: bytes) -> list[tuple[str, str]]:
    """(address as typed, note) of every line of a CSV file, or of one address a line.

    The address is the cell with an ``@``; the note stands under a header
    ``note``. Lines without an ``@`` are headers or remarks and are passed over.
    Raises UnreadableFileError.
    """
    text = _text(content)
    first_line = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    rows: list[tuple[str, str]] = []
    note_column = -1
    try:
        for cells in csv.reader(io.StringIO(text), delimiter=delimiter):
            address = next((cell for cell in cells if "@" in cell), "")
            if not address:
                names = [cell.strip().lower() for cell in cells]
                note_column = names.index("note") if "note" in names else note_column
                continue
            note = cells[note_column] if 0 <= note_column < len(cells) else ""
            rows.append((with_formula_sign(address), with_formula_sign(note)))
            if len(rows) > MAX_ROWS:
                raise UnreadableFileError
    except csv.Error:
        raise UnreadableFileError from None
    return rows


def csv_lines(entries: Iterable[BlacklistEntry]) -> Iterator[str]:
    """A CSV file line by line, beginning with the mark that Excel needs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow(COLUMNS)
    for entry in entries:
        cells = (
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
