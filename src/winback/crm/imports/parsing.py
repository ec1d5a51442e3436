"""Cells as values, a column of a batch at a time; without the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from winback.core.address_quality import quality_of
from winback.core.addresses import parse_address
from winback.core.text import fold
from winback.crm.cells import with_formula_sign
from winback.crm.imports.delimited import Row
from winback.crm.imports.mapping import DATE_TARGETS, ColumnMapping
from winback.crm.imports.memo import Memo
from winback.crm.imports.values import (
    CellError,
    parse_boolean,
    parse_count,
    parse_country,
    parse_currency,
    parse_language,
    parse_moment,
    parse_money,
    parse_probability,
    parse_time_zone,
)
from winback.crm.rules import FOLDED_FIELDS, Status, clean_line

Parser = Callable[[str], Any]
Given = dict[str, Any]
# Column -> how long a text may be.
TEXT_LENGTHS = {
    "title": 300,
    "contact_name": 200,
    "first_name": 200,
    "last_name": 200,
    "company": 200,
    "email": 320,
    "phone": 64,
    "city": 120,
    "external_id": 200,
}
STATUS_WORDS = {
    "open": Status.OPEN,
    "відкрито": Status.OPEN,
    "відкритий": Status.OPEN,
    "باز": Status.OPEN,
    "pending": Status.OPEN,
    "won": Status.WON,
    "виграно": Status.WON,
    "برنده": Status.WON,
    "برد": Status.WON,
    "lost": Status.LOST,
    "втрачено": Status.LOST,
    "програно": Status.LOST,
    "باخت": Status.LOST,
    "از دست رفته": Status.LOST,
}
# What an empty cell gives.
EMPTY = object()


class RowError(Exception):
    """The row is refused; ``column`` is a header or, for the whole row, empty."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file and what its cells are read as."""

    index: int
    header: str
    target: str
    values: Memo


@dataclass(slots=True)
class RowReader:
    """Turns cells into given values: target -> value, empty cells left out.

    Names of other records stay texts: ``Lookups`` knows them. Texts come with
    their folded copies, see ``derive``.
    """

    headers: list[str]
    mapping: ColumnMapping
    zone: tzinfo
    _columns: list[_Column] = field(default_factory=list)
    # Columns with replacements for some of their cells.
    _replaced: list[tuple[int, str, str, dict[str, dict[str, str]]]] = field(
        default_factory=list
    )
    _parsers: dict[str, Parser] = field(default_factory=dict)
    _derived: dict[str, Memo] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns, values = self.mapping.columns, self.mapping.values
        self._parsers = _parsers(self.zone, self.mapping.month_first)
        for index, header in enumerate(self.headers):
            target = columns.get(header, "")
            if header in values:
                self._replaced.append((index, header, target, values[header]))
            elif target:
                memo = Memo(
                    _of_cell(self._parsers[target], TEXT_LENGTHS.get(target, 0))
                )
                self._columns.append(_Column(index, header, target, memo))
        self._derived = {name: Memo(_or_empty(work)) for name, work in _DERIVED.items()}

    def read(self, rows: Sequence[Row]) -> list[tuple[Row, Given | RowError]]:
        """What each row gives, or why it is refused: its first cell that is wrong."""
        given = iter(self._given([row.cells for row in rows if not row.problem]))
        return [
            (row, RowError("", row.problem) if row.problem else next(given))
            for row in rows
        ]

    def _given(self, rows: list[list[str]]) -> list[Given | RowError]:
        faults: dict[int, RowError] = {}
        table = self._table(rows, faults)
        leads = (
            {
                target: value
                for target, value in zip(table, values, strict=True)
                if value is not EMPTY
            }
            for values in zip(*table.values(), strict=True)
        )
        given: list[Given | RowError] = list(leads) if table else [{} for _row in rows]
        if self._replaced or self.mapping.defaults:
            self._complete(given, rows, faults)
        for position, fault in faults.items():
            given[position] = fault
        return given

    def _table(
        self, rows: list[list[str]], faults: dict[int, RowError]
    ) -> dict[str, list[Any]]:
        """Target -> its value in each row; of columns with one target the first."""
        table: dict[str, list[Any]] = {}
        cells = list(zip(*rows, strict=True))
        for column in self._columns if rows else ():
            before = table.get(column.target)
            table[column.target] = _values(column, cells[column.index], before, faults)
        for name, memo in self._derived.items():
            if source := table.get(_SOURCES[name]):
                table[name] = memo.of_batch(source)
        return table

    def _complete(
        self,
        given: Sequence[Given | RowError],
        rows: list[list[str]],
        faults: dict[int, RowError],
    ) -> None:
        """Add what replaced cells say, then what the mapping says of empty ones."""
        for position, (lead, cells) in enumerate(zip(given, rows, strict=True)):
            place = ""
            if position in faults or isinstance(lead, RowError):
                continue
            try:
                for index, place, target, instead in self._replaced:  # noqa: B007
                    if text := cells[index].strip():
                        self._put(lead, target, text, instead)
                for place, text in self.mapping.defaults.items():
                    self._put_one(lead, place, text)
            except CellError as error:
                faults[position] = RowError(place, str(error))

    def _put(
        self, lead: Given, target: str, text: str, instead: dict[str, dict[str, str]]
    ) -> None:
        if text[0] == "'":
            text = with_formula_sign(text)
        if other := instead.get(fold(text)):
            for name, value in other.items():
                if value:
                    self._put_one(lead, name or target, value)
        else:
            self._put_one(lead, target, text)

    def _put_one(self, lead: Given, target: str, text: str) -> None:
        if target and target not in lead:
            lead[target] = self._parsers[target](text)
            derive(lead, target)


def derive(lead: Given, target: str) -> None:
    """Fill the columns that ``rules.clean_lead`` would make of ``lead[target]``."""
    for name in _DERIVED_OF.get(target, ()):
        lead[name] = _DERIVED[name](lead[target])


def _folding(length: int) -> Parser:
    return lambda text: fold(text)[:length]


_SOURCES = {f"{name}_folded": name for name in FOLDED_FIELDS} | {
    "email_normalized": "email",
    "address_quality": "email",
}
_DERIVED: dict[str, Parser] = {
    f"{name}_folded": _folding(length) for name, length in FOLDED_FIELDS.items()
} | {
    "email_normalized": lambda text: parse_address(text).normalized,
    "address_quality": quality_of,
}
_DERIVED_OF = {
    source: [name for name, of in _SOURCES.items() if of == source]
    for source in _SOURCES.values()
}


def _or_empty(work: Parser) -> Callable[[Any], Any]:
    return lambda value: EMPTY if value is EMPTY else work(value)


def _of_cell(parse: Parser, plain_length: int) -> Parser:
    """``parse`` of what stands in a cell.

    Printable texts of up to ``plain_length`` are what ``parse`` would make of them.
    """

    def value(cell: str) -> Any:
        text = cell.strip()
        if not text:
            return EMPTY
        if text[0] == "'":
            text = with_formula_sign(text)
        elif len(text) <= plain_length and text.isprintable():
            return text
        return parse(text)

    return value


def _values(
    column: _Column,
    cells: Sequence[str],
    before: list[Any] | None,
    faults: dict[int, RowError],
) -> list[Any]:
    """The column's values, those of ``before`` where it has any.

    Nearly always every cell is right; only otherwise each is looked at alone.
    """
    known = column.values
    try:
        values = known.of_batch(cells)
    except CellError:
        values = []
        for position, cell in enumerate(cells):
            if before is not None and before[position] is not EMPTY:
                values.append(EMPTY)
                continue
            try:
                values.append(known[cell])
            except CellError as error:
                faults.setdefault(position, RowError(column.header, str(error)))
                values.append(EMPTY)
    if before is None:
        return values
    return [
        second if first is EMPTY else first
        for first, second in zip(before, values, strict=True)
    ]


def _parsers(zone: tzinfo, month_first: bool) -> dict[str, Parser]:
    def moment(text: str) -> datetime:
        return parse_moment(text, zone=zone, day_first=not month_first)

    parsers: dict[str, Parser] = {
        name: _text_parser(length) for name, length in TEXT_LENGTHS.items()
    }
    parsers |= dict.fromkeys(DATE_TARGETS, moment)
    # Names of other records.
    parsers |= dict.fromkeys(("lost_reason", "team", "owner", "product", "tags"), str)
    parsers |= dict.fromkeys(("utm_source", "utm_medium", "utm_campaign"), str)
    return parsers | {
        "notes": str,
        "language": parse_language,
        "country": parse_country,
        "time_zone": parse_time_zone,
        "currency": parse_currency,
        "stage": clean_line,
        "last_stage": clean_line,
        "outcome": clean_line,
        "status": _status,
        "active": parse_boolean,
        "blacklisted": parse_boolean,
        "expected_revenue": parse_money,
        "probability": parse_probability,
        "bounce_count": parse_count,
    }


def _text_parser(length: int) -> Parser:
    def parse(text: str) -> str:
        text = clean_line(text)
        if len(text) > length:
            raise CellError(
                _("The text is longer than %(limit)d characters.") % {"limit": length}
            )
        return text

    return parse


def _status(text: str) -> Status:
    status = STATUS_WORDS.get(fold(text))
    if status is None:
        raise CellError(
            _("“%(text)s” is not a status: open, won or lost.") % {"text": text[:80]}
        )
    return status
