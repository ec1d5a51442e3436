"""Numbers, money and dates as people of each language write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_JALALI_MONTHS = [
    "فروردین",
    "اردیبهشت",
    "خرداد",
    "تیر",
    "مرداد",
    "شهریور",
    "مهر",
    "آبان",
    "آذر",
    "دی",
    "بهمن",
    "اسفند",
]
_JALALI_DAYS = [
    "شنبه",
    "یکشنبه",
    "دوشنبه",
    "سه‌شنبه",
    "چهارشنبه",
    "پنجشنبه",
    "جمعه",
]
DATE_STYLES = frozenset({"short", "medium", "long", "full"})


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that is written in its reader's way wherever it is put."""

    amount: Decimal
    currency: str
    language: str

    def __str__(self) -> str:
        return money_text(self.amount, self.currency, self.language)

    def __liquid__(self) -> Decimal:
        """The number, for comparisons and sums in a template."""
        return self.amount

    def __int__(self) -> int:
        return int(self.amount)


@lru_cache(maxsize=4096)
def money_text(amount: Decimal, currency: str, language: str) -> str:
    """``1 200,50 €`` as the language writes it; whole amounts without cents."""
    if not currency:
        return number_text(amount, language)
    locale = locale_of(language)
    pattern = locale.currency_formats["standard"].pattern
    is_whole = amount == amount.to_integral_value()
    text = format_currency(
        amount,
        currency,
        format=pattern.replace("0.00", "0") if is_whole else pattern,
        currency_digits=not is_whole,
        locale=locale,
        numbering_system="default",
    )
    return _own_digits(text, language)


@lru_cache(maxsize=4096)
def number_text(number: Decimal | int | float, language: str) -> str:
    """``12,500.5`` as the language writes it, with its own digits."""
    text = format_decimal(
        number, locale=locale_of(language), numbering_system="default"
    )
    return _own_digits(text, language)


@lru_cache(maxsize=4096)
def date_text(day: date, style: str, language: str) -> str:
    """The day in ``style`` (short, medium, long, full); Jalali for Persian."""
    if isinstance(day, datetime):
        day = day.date()
    if language.split("-")[0] == "fa":
        return jalali_text(day, style)
    locale = locale_of(language)
    chosen = style if style in DATE_STYLES else "long"
    return format_date(day, format=chosen, locale=locale)


def jalali_text(day: date, style: str = "long") -> str:
    """``۱۴ اسفند ۱۴۰۳``; short and medium ``۱۴۰۳/۱۲/۱۴``; or by ``%Y/%m/%d``."""
    if isinstance(day, datetime):
        day = day.date()
    jalali = jdatetime.date.fromgregorian(date=day)
    if "%" in style:
        text = str(jalali.aslocale("fa_IR").strftime(style))
    elif style in {"short", "medium"}:
        text = f"{jalali.year}/{jalali.month:02}/{jalali.day:02}"
    else:
        text = f"{jalali.day} {_JALALI_MONTHS[jalali.month - 1]} {jalali.year}"
        if style == "full":
            text = f"{_JALALI_DAYS[jalali.weekday()]} {text}"
    return text.translate(_PERSIAN_DIGITS)


def written_day(day: date, form: str, language: str) -> str:
    """``day`` by a pattern such as ``%d.%m.%Y``; of the Jalali day for Persian."""
    if language.split("-")[0] == "fa":
        return jalali_text(day, form)
    return day.strftime(form)


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The locale of a language code; English for one that is not known."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")


def _own_digits(text: str, language: str) -> str:
    is_persian = language.split("-")[0] == "fa"
    return text.translate(_PERSIAN_DIGITS) if is_persian else text
