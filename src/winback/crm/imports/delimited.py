"""Rows out of text files: one line each, or several where a cell is quoted."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

MAX_CELL_LENGTH = 100_000
# Beyond it a row of several lines is taken for one whose quotation mark is never
# closed; so much of the file is held at once.
MAX_ROW_LENGTH = 10 * MAX_CELL_LENGTH
DELIMITERS = ",;\t|"
_SPACE_AFTER_QUOTES = re.compile(r'" +(?=[,;\t|\r\n]|$)')


class Row(NamedTuple):
    """``number`` counts as spreadsheets do: the header is row 1."""

    number: int
    cells: list[str]
    problem: str = ""


def delimited_rows(path: Path, encoding: str) -> Iterator[Row]:
    """The rows of a text file, the header too, each with its problem if it has one.

    A quotation mark that is never closed would make one cell of all that comes
    after it. Such a row fails by its first line alone, and what it swallowed is
    read again, line by line; of it, only rows as wide as the header are taken,
    because the rest may as well be pieces of the broken cell.
    """
    csv.field_size_limit(MAX_CELL_LENGTH * 100)
    # Bytes that the encoding does not know become U+FFFD, in their cell only.
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline(MAX_ROW_LENGTH)
        if first.lower().startswith("sep=") and len(first.strip()) == 5:
            yield from _Parser(file, first[4], first_line=2).rows()
        else:
            lines = chain([first], file)
            yield from _Parser(lines, _delimiter(first), first_line=1).rows()


def _delimiter(header: str) -> str:
    """What cuts the header into most cells; a comma if nothing does."""

    def columns(delimiter: str) -> int:
        return len(next(csv.reader([header], delimiter=delimiter), []))

    return max(DELIMITERS, key=columns) if header.strip() else ","


class _Parser:
    """A ``csv.reader`` that can go back to the second line of a row."""

    def __init__(
        self, lines: Iterable[str], delimiter: str, *, first_line: int
    ) -> None:
        self.lines = iter(lines)
        self.delimiter = delimiter
        self.width = 0  # cells of the header
        self.line = first_line - 1  # the last one given to the reader
        self.row_lines: list[str] = []  # those of the row that is being read
        self.again: deque[str] = deque()  # swallowed by mistake, to be read anew
        self.is_at_end = False
        # What stands up to this line may be the inside of a broken cell.
        self.doubt_until = 0
        self.doubt_lasts = False

    def rows(self) -> Iterator[Row]:
        reader = self._reader()
        for number in count(1):
            self.row_lines.clear()
            try:
                cells = next(reader)
                fault = self._fault()
            except StopIteration:
                return
            except csv.Error:
                cells, fault = [], self._too_long()
            if fault:
                cells = self._first_line_only()
                reader = self._reader()
            elif self.line <= self.doubt_until or self.doubt_lasts:
                fault = self._doubt(cells)
            if not self.width and any(cells):
                self.width = len(cells)
            yield Row(number, cells, fault)

    def _reader(self) -> Iterator[list[str]]:
        self.is_at_end = False
        return csv.reader(self._fed(), delimiter=self.delimiter)

    def _fed(self) -> Iterator[str]:
        """The next line, and a note of it. Raises csv.Error if a row is too long."""
        again, taken, length = self.again, self.row_lines, 0
        while line := again.popleft() if again else next(self.lines, ""):
            self.line += 1
            taken.append(line)
            if len(taken) > 1:
                length = len(line) + (length if len(taken) > 2 else len(taken[0]))
                if length > MAX_ROW_LENGTH:
                    raise csv.Error
            yield line
        self.is_at_end = True

    def _fault(self) -> str:
        """Why the row is none that was meant; most are one line, and are right."""
        if self.is_at_end:
            return self._not_closed()
        return "" if len(self.row_lines) == 1 else self._several_lines_fault()

    def _too_long(self) -> str:
        if len(self.row_lines) > 1:
            self.doubt_lasts = True
            return self._not_closed()
        return too_long_cell()

    def _several_lines_fault(self) -> str:
        text = [_SPACE_AFTER_QUOTES.sub('"', line) for line in self.row_lines]
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        try:
            return "" if len(list(reader)) == 1 else self._not_closed()
        except csv.Error:
            return self._not_closed()

    def _not_closed(self) -> str:
        line = self.line - len(self.row_lines) + 1
        return _(
            "A quotation mark in line %(line)d of the file is not closed, or not "
            "where a cell ends."
        ) % {"line": line}

    def _first_line_only(self) -> list[str]:
        """The cells of the row's first line; the other lines will be read again."""
        first, *swallowed = self.row_lines
        self.doubt_until = max(self.doubt_until, self.line)
        self.line -= len(swallowed)
        self.again.extendleft(reversed(swallowed))
        cells = next(csv.reader([first[:MAX_ROW_LENGTH]], delimiter=self.delimiter), [])
        return [cell.rstrip("\r\n") for cell in cells]

    def _doubt(self, cells: list[str]) -> str:
        """Why a row that may be the inside of a broken cell is not taken."""
        if self.line > self.doubt_until and any('"' in line for line in self.row_lines):
            self.doubt_lasts = False  # here the broken cell ends, if it ever does
        if len(cells) == self.width or not any(cells):
            return ""
        return _(
            "The row comes after a quotation mark that is not closed, and has "
            "%(cells)d cells where the header has %(columns)d."
        ) % {"cells": len(cells), "columns": self.width}


def too_long_cell() -> str:
    return _("A cell is longer than %(limit)d characters.") % {"limit": MAX_CELL_LENGTH}
