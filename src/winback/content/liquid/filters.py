"""The filters a mail may use, each safe with whatever it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, DecimalException

from django.utils.translation import gettext as _
from liquid import Environment, RenderContext
from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError, ResourceLimitError
from liquid.filter import with_context, with_environment
from liquid.undefined import is_undefined

from winback.content.liquid.formats import (
    Money,
    date_text,
    jalali_text,
    money_text,
    number_text,
    written_day,
)
from winback.content.liquid.limits import MAX_NUMBER_DIGITS, MAX_VALUE_LENGTH
from winback.content.liquid.names import (
    given_name,
    greeting_for,
    initials_of,
    name_case,
)

Filter = Callable[..., object]


def register_filters(env: Environment) -> None:
    """Give ``env`` our filters and nothing else."""
    env.filters.clear()
    env.filters.update(_FILTERS)


def _language(context: RenderContext) -> str:
    return str(context.resolve("language_code", default="en"))


def _number(value: object) -> Decimal | None:
    if isinstance(value, Money):
        return value.amount
    if is_undefined(value) or value in (None, ""):
        return None
    try:
        number = Decimal(str(value).strip()[:64])
    except DecimalException as error:
        message = _("“%(value)s” is not a number") % {"value": str(value)[:40]}
        raise FilterArgumentError(message, token=None) from error
    if not number.is_finite():
        return None
    if abs(number.adjusted()) > MAX_NUMBER_DIGITS:
        raise FilterArgumentError(_("a number is too large"), token=None)
    return number


@with_context
def money(value: object, currency: object = "", *, context: RenderContext) -> str:
    """``{{ 1200 | money: "EUR" }}``; a merge field brings its own currency."""
    number = _number(value)
    if number is None:
        return ""
    own = value.currency if isinstance(value, Money) else ""
    return money_text(number, str(currency or own)[:3].upper(), _language(context))


@with_context
def number(value: object, *, context: RenderContext) -> str:
    """A number with the separators and digits of the recipient's language."""
    figure = _number(value)
    return "" if figure is None else number_text(figure, _language(context))


def _day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    if is_undefined(value) or value in (None, ""):
        return None
    text = str(value)
    if text in {"now", "today"}:
        return datetime.now(UTC).date()
    try:
        return datetime.fromisoformat(text[:40])
    except ValueError as error:
        message = _("“%(value)s” is not a date") % {"value": text[:40]}
        raise FilterArgumentError(message, token=None) from error


@with_context
def date_(value: object, style: object = "long", *, context: RenderContext) -> str:
    """A date in short, medium, long or full form, or by ``%d.%m.%Y``."""
    day = _day(value)
    if day is None:
        return ""
    form = str(style)
    if "%" in form:
        return written_day(day, form[:100], _language(context))
    return date_text(day, form, _language(context))


def jalali(value: object, style: object = "long") -> str:
    """A date in the Persian calendar, whatever the recipient's language."""
    day = _day(value)
    return "" if day is None else jalali_text(day, str(style)[:100])


def _text(value: object) -> str:
    return "" if is_undefined(value) or value is None else str(value)


def first_name(value: object) -> str:
    """What to call the person: without forms of address such as Mr, пані, آقای."""
    return given_name(_text(value))


def initials(value: object) -> str:
    """``OK`` for Olena Kovalenko."""
    return initials_of(_text(value))


def titlecase(value: object) -> str:
    """``OLENA`` as Olena; names in mixed letters, such as McDonald, stay."""
    return name_case(_text(value))


@with_context
def greeting(value: object, *, context: RenderContext) -> str:
    """``Hello Olena`` in the recipient's language; for no name ``Hello``."""
    return greeting_for(given_name(_text(value)), _language(context))


def uniq(value: object) -> list[object]:
    """Without what was there before, in the same order."""
    if value is None or is_undefined(value):
        return []
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [value]
    try:
        return list(dict.fromkeys(value))
    except TypeError:  # a list within
        return list({str(one): one for one in reversed(value)}.values())[::-1]


def replace(value: object, old: object, new: object = "") -> object:
    """``string.replace`` that looks before it multiplies."""
    text, sought, put = str(value or ""), str(old), str(new)
    grown = text.count(sought) * len(put) if sought else (len(text) + 1) * len(put)
    _refuse_larger_than(len(text) + grown)
    return string.replace(value, old, new)


@with_environment
def join(value: object, separator: object = " ", *, environment: Environment) -> object:
    """``array.join`` that looks before it multiplies."""
    pieces = len(value) if isinstance(value, list | tuple | range) else 1
    _refuse_larger_than(pieces * (len(str(separator)) + 1))
    return array.join(value, separator, environment=environment)


def _refuse_larger_than(length: int) -> None:
    if length > MAX_VALUE_LENGTH:
        raise ResourceLimitError("too large a value", token=None)


# Left out of Liquid's own: what marks text as safe HTML (safe, escape_once),
# what hides text from the checks (base64, url_decode), and what nobody needs
# in a mail.
_FILTERS: dict[str, Filter] = {
    "money": money,
    "number": number,
    "date": date_,
    "jalali": jalali,
    "first_name": first_name,
    "initials": initials,
    "titlecase": titlecase,
    "greeting": greeting,
    "uniq": uniq,
    "replace": replace,
    "join": join,
    "default": misc.default,
    "size": misc.size,
    **{
        name.rstrip("_"): getattr(math, name)
        for name in [
            "abs_",
            "at_most",
            "at_least",
            "ceil",
            "floor",
            "divided_by",
            "minus",
            "plus",
            "round_",
            "times",
            "modulo",
        ]
    },
    **{
        name.rstrip("_"): getattr(string, name)
        for name in [
            "append",
            "prepend",
            "capitalize",
            "downcase",
            "upcase",
            "escape",
            "strip",
            "lstrip",
            "rstrip",
            "newline_to_br",
            "remove",
            "remove_first",
            "slice_",
            "split",
            "squish",
            "strip_newlines",
            "truncate",
            "truncatewords",
            "url_encode",
        ]
    },
    **{
        name: getattr(array, name)
        for name in ["first", "last", "concat", "reverse", "sort", "compact"]
    },
}
