"""Tables out of files: CSV in several encodings, XLSX, XLS and ODS, row by row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from python_calamine import CalamineError, CalamineWorkbook

from winback.crm.imports.delimited import (
    MAX_CELL_LENGTH,
    Row,
    delimited_rows,
    too_long_cell,
)
from winback.crm.imports.encoding import detect_encoding

MAX_FILE_BYTES = 190_000_000
# A spreadsheet is packed: this is what its sheets may unpack to.
MAX_UNPACKED_BYTES = 1_500_000_000
MAX_COLUMNS = 500
ZIP_MAGIC, XLS_MAGIC = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class UnreadableFileError(Exception):
    """The file as a whole is no table; the message says why, for people."""


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it, read lazily and once."""

    headers: list[str]
    rows: Iterator[Row]


def open_table(path: Path) -> Table:
    """The first sheet of ``path``; memory does not grow with its length.

    Blank rows are left out. Rows that cannot be used carry their ``problem``.
    Raises UnreadableFileError.
    """
    _check_size(path)
    with path.open("rb") as file:
        magic = file.read(4)
    if magic == ZIP_MAGIC:
        rows = _spreadsheet_rows(path)
    elif magic == XLS_MAGIC:
        rows = _calamine_rows(path)
    else:
        rows = _csv_rows(path)
    return _table(rows)


def sample(path: Path, *, row_count: int = 200) -> tuple[list[str], list[list[str]]]:
    """The header and the first usable rows, for guessing and for showing.

    Raises UnreadableFileError only if there is no header: a file that breaks
    off later is reported by the import itself, with the row.
    """
    table = open_table(path)
    rows: list[list[str]] = []
    with suppress(UnreadableFileError):
        usable = (row.cells for row in table.rows if not row.problem)
        for cells in islice(usable, row_count):
            rows.append(cells)
    return table.headers, rows


def estimated_row_count(path: Path) -> int | None:
    """About how many rows a text file has, for a progress bar; None if unknown."""
    with path.open("rb") as file:
        if file.read(4) in {ZIP_MAGIC, XLS_MAGIC}:
            return None
        file.seek(0)
        lines = sum(
            chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")
        )
    return max(lines - 1, 0) or None


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableFileError(
            _("The file cannot be read: %(why)s.") % {"why": error.strerror}
        ) from error
    if not path.is_file():
        raise UnreadableFileError(_("This is not a file."))
    if size == 0:
        raise UnreadableFileError(_("The file is empty."))
    if size > MAX_FILE_BYTES:
        raise UnreadableFileError(
            _(
                "The file has %(size)d MB; at most %(limit)d MB are imported at "
                "once. Split it into several files."
            )
            % {"size": size // 1_000_000, "limit": MAX_FILE_BYTES // 1_000_000}
        )


def _table(rows: Iterator[Row]) -> Table:
    header = next((row for row in rows if "".join(row.cells).strip()), None)
    if header is None:
        raise UnreadableFileError(_("The file is empty."))
    if header.problem:
        raise UnreadableFileError(header.problem)
    headers = [cell.strip() for cell in header.cells]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise UnreadableFileError(
            _("The file has %(count)d columns; at most %(limit)d are read.")
            % {"count": len(headers), "limit": MAX_COLUMNS}
        )
    return Table(headers, _checked(rows, width=len(headers)))


def _checked(rows: Iterable[Row], *, width: int) -> Iterator[Row]:
    blank = [""] * width
    for row in rows:
        number, cells, problem = row
        joined = "".join(cells)
        if not joined or joined.isspace():
            continue
        if len(cells) < width:
            cells = cells + blank[len(cells) :]
        elif len(cells) == width and not problem and not _is_odd(joined):
            yield row
            continue
        problem = problem or _problem(cells, joined, width)
        yield Row(number, cells if problem else cells[:width], problem)


def _is_odd(text: str) -> bool:
    return len(text) > MAX_CELL_LENGTH or "\0" in text


def _problem(cells: list[str], joined: str, width: int) -> str:
    if any(cell.strip() for cell in cells[width:]):
        return _("The row has %(cells)d cells, the header only %(columns)d.") % {
            "cells": len(cells),
            "columns": width,
        }
    if "\0" in joined:
        return _("The row holds a NUL character.")
    if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
        return too_long_cell()
    return ""


def _csv_rows(path: Path) -> Iterator[Row]:
    encoding = detect_encoding(path)
    if encoding is None:
        raise UnreadableFileError(
            _(
                "This is neither a table of text (CSV) nor a spreadsheet "
                "(XLSX, XLS, ODS)."
            )
        )
    return delimited_rows(path, encoding)


# ------------------------------------------------------------ spreadsheets


def _spreadsheet_rows(path: Path) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            unpacked = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise _no_spreadsheet() from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableFileError(_("The spreadsheet unpacks to too much data."))
    if "xl/workbook.xml" not in names:
        return _calamine_rows(path)
    return _xlsx_rows(path)


def _xlsx_rows(path: Path) -> Iterator[Row]:
    """Streamed by openpyxl: of the sheet only its shared strings are held."""
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            rows = enumerate(sheet.iter_rows(values_only=True), start=1)
            for number, cells in rows:
                yield Row(number, [cell_text(cell) for cell in cells])
        except Exception as error:  # the library lets through what its parts raise
            raise _no_spreadsheet() from error


def _calamine_rows(path: Path) -> Iterator[Row]:
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise _no_spreadsheet() from error
    rows = enumerate(sheet.iter_rows(), start=1 + (sheet.start or (0, 0))[0])
    return (Row(number, [cell_text(cell) for cell in cells]) for number, cells in rows)


def _no_spreadsheet() -> UnreadableFileError:
    return UnreadableFileError(_("The file is a damaged or locked spreadsheet."))


def cell_text(cell: Any) -> str:
    """A spreadsheet's value as a CSV export would write it."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "True" if cell else "False"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell)
