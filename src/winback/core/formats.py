"""Numbers, money and times as the reader's language writes them."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi

JALALI_LANGUAGES = {"fa"}
PERSIAN_SIGNS = str.maketrans("0123456789%", "۰۱۲۳۴۵۶۷۸۹٪")
# CLDR parts a currency's letters from the figure; Babel does not.
_CODE_BESIDE_DIGIT = re.compile(r"(?<=[A-Z])(?=\d)")
Number = int | float | Decimal


def reader_locale() -> Locale:
    """The locale of the active language; English where there is none."""
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def number_text(value: Number) -> str:
    return in_digits(
        format_decimal(value, locale=reader_locale(), numbering_system="default")
    )


def set_apart(text: str) -> str:
    """``text`` for a sentence that may run the other way, such as somebody's name.

    Where the reader's language runs from right to left, marks of isolation keep
    the quotation marks and commas beside it in place (Unicode annex 9, FSI and PDI).
    """
    return f"\u2068{text}\u2069" if get_language_bidi() else text


def rate_text(rate: float, *, decimals: int = 1) -> str:
    """A rate from 0 to 1 as a percentage, with at most ``decimals`` decimals."""
    pattern = "#,##0." + "#" * decimals + "%"
    locale = reader_locale()
    if locale.language == "uk":
        pattern = pattern.replace("%", "\xa0%")
    return in_digits(
        format_percent(
            round(rate, decimals + 2),
            pattern,
            locale=locale,
            numbering_system="default",
        )
    )


def money_text(amount: Number, currency: str) -> str:
    """An amount with its currency; whole amounts without decimals."""
    if not currency:
        return number_text(amount)
    locale = reader_locale()
    pattern = locale.currency_formats["standard"].pattern
    whole = amount == int(amount)
    text = format_currency(
        amount,
        currency,
        pattern.replace(".00", "") if whole else pattern,
        locale=locale,
        currency_digits=not whole,
        numbering_system="default",
    )
    return in_digits(_CODE_BESIDE_DIGIT.sub("\xa0", text))


def date_text(moment: date | datetime) -> str:
    """The day, in the reader's time zone and calendar."""
    day = timezone.localtime(moment).date() if isinstance(moment, datetime) else moment
    if reader_locale().language in JALALI_LANGUAGES:
        return _jalali(day)
    return format_date(day, format="medium", locale=reader_locale())


def day_number_text(day: date) -> str:
    """The day's number within its month, in the reader's calendar."""
    return in_digits(str(_in_calendar(day)[2]))


def month_text(day: date) -> str:
    """The month of ``day`` with its year, in the reader's calendar."""
    if uses_jalali():
        return _jalali(day).partition(" ")[2]
    return format_date(day, format="LLLL yyyy", locale=reader_locale())


def month_bounds(year: int, month: int) -> tuple[date, date]:
    """The first days of a month of the reader's calendar and of the month after.

    Raises ValueError for a month that calendar does not have.
    """
    return (
        _first_day(year, month),
        _first_day(year + month // 12, month % 12 + 1),
    )


def _first_day(year: int, month: int) -> date:
    if uses_jalali():
        first: date = jdatetime.date(year, month, 1).togregorian()
        return first
    return date(year, month, 1)


def month_of(day: date) -> tuple[int, int]:
    """Year and month of ``day`` in the reader's calendar."""
    year, month, _day = _in_calendar(day)
    return year, month


def uses_jalali() -> bool:
    return reader_locale().language in JALALI_LANGUAGES


def _in_calendar(day: date) -> tuple[int, int, int]:
    if uses_jalali():
        jalali = jdatetime.date.fromgregorian(date=day)
        return jalali.year, jalali.month, jalali.day
    return day.year, day.month, day.day


def time_text(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return in_digits(format_time(local, format="short", locale=reader_locale()))


def date_time_text(moment: datetime) -> str:
    """Day and minute, in the reader's time zone and calendar."""
    local = timezone.localtime(moment)
    if reader_locale().language in JALALI_LANGUAGES:
        return f"{_jalali(local.date())}، {time_text(moment)}"
    return format_datetime(local, format="medium", locale=reader_locale()).replace(
        f":{local:%S}", "", 1
    )


def ago_text(moment: datetime, *, now: datetime) -> str:
    """How long ago or ahead, in one rounded unit: "3 hours ago"."""
    return in_digits(
        format_timedelta(
            moment - now, add_direction=True, locale=reader_locale(), threshold=1.2
        )
    )


def in_digits(text: str) -> str:
    """``text`` with the digits of the reader's script."""
    is_persian = reader_locale().language in JALALI_LANGUAGES
    return text.translate(PERSIAN_SIGNS) if is_persian else text


def _jalali(day: date) -> str:
    jalali = jdatetime.date.fromgregorian(date=day)
    month = jdatetime.date.j_months_fa[jalali.month - 1]
    return f"{jalali.day} {month} {jalali.year}".translate(PERSIAN_SIGNS)
