"""Reads the values of rules: JSON in, checked plain values out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from winback.core.calendars import PERIODS
from winback.segments.rules.kinds import FieldType, Kind, Op
from winback.segments.rules.problems import Problem, RuleTreeError, fault
from winback.segments.rules.tree import MailingRef, Scalar, Span, Unit, Value

MAX_TEXT = 1000
MAX_VALUES = 5000
MAX_ID = 2**63 - 1
MAX_NUMBER = Decimal(10) ** 12
# A century at most, and never further back than dates can be counted.
MAX_SPAN = {
    Unit.HOURS: 876_000,
    Unit.DAYS: 36_500,
    Unit.WEEKS: 5_200,
    Unit.MONTHS: 1_200,
    Unit.YEARS: 100,
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN_WORDS = re.compile(r"(\d{1,9}) ?([a-z]+)", re.ASCII)
# C0 controls other than tab and line ends, and lone surrogates: no database
# column takes the first of them, and no encoder the last.
_BAD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

ReadOne = Callable[[object, str, FieldType], Scalar]


def read_value(raw: object, *, op: Op, field: FieldType, path: str) -> Value:
    """The checked value of one rule. Raises RuleTreeError naming every bad part."""
    if op in (Op.SET, Op.NOT_SET):
        if raw is not None:
            raise fault(path, "value_not_allowed", op=op.value)
        return None
    if raw is None:
        raise fault(path, "value_missing")
    if op in (Op.IN_LAST, Op.NOT_IN_LAST):
        return _read_span(raw, path)
    if op == Op.IN_PERIOD:
        return _read_period(raw, path)
    read_one = _reader(field.kind, op)
    if op in (Op.IN, Op.NOT_IN):
        return _read_list(raw, path, field, read_one)
    if op == Op.BETWEEN:
        return _read_pair(raw, path, field, read_one)
    return read_one(raw, path, field)


def _reader(kind: Kind, op: Op) -> ReadOne:
    if op in (Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS_WITH, Op.ENDS_WITH):
        return _read_text
    return {
        Kind.TEXT: _read_text,
        Kind.CHOICE: _read_text,
        Kind.RELATION: _read_key,
        Kind.RELATIONS: _read_key,
        Kind.NUMBER: _read_number,
        Kind.MOMENT: _read_moment,
        Kind.BEHAVIOUR: _read_mailing,
    }[kind]


def _read_list(
    raw: object, path: str, field: FieldType, read_one: ReadOne
) -> tuple[Scalar, ...]:
    if not isinstance(raw, list | tuple):
        raise fault(path, "not_a_list")
    if len(raw) > MAX_VALUES:
        raise fault(path, "too_many_values", limit=MAX_VALUES)
    values: list[Scalar] = []
    problems: list[Problem] = []
    for position, one in enumerate(raw):
        try:
            values.append(read_one(one, f"{path}[{position}]", field))
        except RuleTreeError as error:
            problems.extend(error.problems)
    if problems:
        raise RuleTreeError(problems)
    return tuple(values)


def _read_pair(
    raw: object, path: str, field: FieldType, read_one: ReadOne
) -> tuple[Scalar, ...]:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        raise fault(path, "not_a_pair")
    pair = _read_list(raw, path, field, read_one)
    if _is_reversed(*pair):
        raise fault(path, "reversed_range")
    return pair


def _is_reversed(low: Scalar, high: Scalar) -> bool:
    """Whether the range is empty, as far as can be said without a time zone."""
    if isinstance(low, datetime) and isinstance(high, datetime):
        if (low.tzinfo is None) != (high.tzinfo is None):
            return False
        return low > high
    if isinstance(low, datetime) or isinstance(high, datetime):
        return False
    if isinstance(low, date) and isinstance(high, date):
        return low > high
    return isinstance(low, Decimal) and isinstance(high, Decimal) and low > high


def _read_text(raw: object, path: str, _field: FieldType) -> str:
    if not isinstance(raw, str):
        raise fault(path, "not_a_text")
    if len(raw) > MAX_TEXT:
        raise fault(path, "text_too_long", limit=MAX_TEXT)
    if _BAD_CHARACTER.search(raw):
        raise fault(path, "bad_character")
    return raw


def _read_key(raw: object, path: str, field: FieldType) -> int | str:
    if isinstance(raw, str) and raw:
        return _read_text(raw, path, field)
    if isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw <= MAX_ID:
        return raw
    raise fault(path, "not_an_id")


def _read_mailing(raw: object, path: str, field: FieldType) -> MailingRef:
    if isinstance(raw, dict) and len(raw) == 1:
        kind, key = next(iter(raw.items()))
        if kind in ("mailing", "campaign"):
            return MailingRef(kind, _read_key(key, f"{path}.{kind}", field))
    return MailingRef("mailing", _read_key(raw, path, field))


def _read_number(raw: object, path: str, field: FieldType) -> Decimal:
    number = _decimal(raw)
    if number is None:
        raise fault(path, "not_a_number")
    if abs(number) >= MAX_NUMBER:
        raise fault(path, "number_out_of_range")
    rounded = round(number, field.decimal_places)
    if rounded != number:
        raise fault(path, "number_too_precise", limit=field.decimal_places)
    return rounded + 0  # so that -0 becomes 0


def _decimal(raw: object) -> Decimal | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal):
        return None
    if isinstance(raw, str) and (len(raw) > 40 or not raw.isascii()):
        return None
    if isinstance(raw, int) and abs(raw) >= MAX_NUMBER:
        return MAX_NUMBER
    try:
        number = Decimal(repr(raw) if isinstance(raw, float) else raw)
    except InvalidOperation:
        return None
    if number.is_infinite():
        return MAX_NUMBER
    return None if number.is_nan() else number


def _read_moment(raw: object, path: str, _field: FieldType) -> date | datetime:
    if not isinstance(raw, str) or len(raw) > 40:
        raise fault(path, "not_a_date")
    try:
        moment: date | datetime = (
            date.fromisoformat(raw)
            if _DAY.fullmatch(raw)
            else datetime.fromisoformat(raw)
        )
    except ValueError:
        raise fault(path, "not_a_date") from None
    if not 1900 <= moment.year < 2200:
        raise fault(path, "date_out_of_range")
    return moment


def _read_span(raw: object, path: str) -> Span:
    n, unit_word = _span_parts(raw)
    unit_word = unit_word if unit_word.endswith("s") else f"{unit_word}s"
    if unit_word not in list(Unit) or isinstance(n, bool) or not isinstance(n, int):
        raise fault(path, "not_a_span")
    unit = Unit(unit_word)
    if not 1 <= n <= MAX_SPAN[unit]:
        raise fault(path, "span_out_of_range", limit=MAX_SPAN[unit])
    return Span(n, unit)


def _span_parts(raw: object) -> tuple[object, str]:
    """``{"n": 90, "unit": "days"}``, ``[90, "days"]``, ``"90 days"`` or just ``90``."""
    if isinstance(raw, dict) and set(raw) == {"n", "unit"}:
        raw = [raw["n"], raw["unit"]]
    if isinstance(raw, list | tuple) and len(raw) == 2:
        return raw[0], raw[1] if isinstance(raw[1], str) else ""
    if isinstance(raw, str) and (words := _SPAN_WORDS.fullmatch(raw)):
        return int(words[1]), words[2]
    return raw, "days" if isinstance(raw, int) else ""


def _read_period(raw: object, path: str) -> str:
    if not isinstance(raw, str) or raw not in PERIODS:
        shown = raw[:40] if isinstance(raw, str) else "?"
        raise fault(path, "unknown_period", period=shown)
    return raw
