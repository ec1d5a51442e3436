"""Cells as values: dates, money, yes and no, countries, languages.

Pure functions from text; each raises CellError with a reason for people.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from functools import cache

import jdatetime
from babel import Locale
from django.utils.translation import gettext as _

from winback.core.text import fold, fold_script

SCREEN_LANGUAGES = ("en", "uk", "fa")
YES = {"1", "true", "t", "yes", "y", "on", "так", "істина", "да", "بله", "آری", "درست"}
NO = {
    "0", "false", "f", "no", "n", "off", "ні", "хибність", "нет", "خیر", "نه",
    "نادرست", "not archived",
}  # fmt: skip
# Names of countries and languages that no list of the Unicode consortium has.
COUNTRY_NAMES = {
    "uk": "GB",
    "u.k.": "GB",
    "england": "GB",
    "great britain": "GB",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "сша": "US",
    "велика британія": "GB",
    "south korea": "KR",
    "czech republic": "CZ",
    "turkey": "TR",
}
# The Arabic decimal and thousands separators and the minus sign.
_SEPARATORS = {0x066B: ".", 0x066C: None, 0x2212: "-"}
MAX_MONEY = Decimal(10) ** 12
_NUMBER = re.compile(r"-?\d[\d.,'’\s\u00a0\u202f]*")
_DATE = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})"
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[ap]m)?\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)


class CellError(ValueError):
    """A cell that cannot be understood; the message says why."""


def parse_boolean(text: str) -> bool:
    word = fold(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError(_("“%(text)s” is neither yes nor no.") % {"text": text[:80]})


def parse_number(text: str) -> Decimal:
    """A number as people of several countries write it: 3 500,50 or $1,200.00.

    Of two kinds of separators the last one is the decimal one. A single comma
    before exactly three digits groups thousands; a single dot is decimal.
    """
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return Decimal(text)
    plain = fold_script(text).translate(_SEPARATORS)
    match = _NUMBER.search(plain)
    if match is None or len(re.findall(_NUMBER, plain)) > 1:
        raise CellError(_("“%(text)s” is not a number.") % {"text": text[:80]})
    digits = re.sub(r"[\s\u00a0\u202f'’]", "", match[0])
    try:
        number = Decimal(_with_decimal_dot(digits))
    except InvalidOperation as error:
        raise CellError(
            _("“%(text)s” is not a number.") % {"text": text[:80]}
        ) from error
    return -number if plain.strip().startswith("(") else number


def _with_decimal_dot(digits: str) -> str:
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:
        group = "," if dot > comma else "."
        return digits.replace(group, "").replace(",", ".")
    if digits.count(".") > 1:
        return digits.replace(".", "")
    if digits.count(",") > 1 or (comma >= 0 and len(digits) - comma == 4):
        return digits.replace(",", "")
    return digits.replace(",", ".")


def parse_money(text: str) -> Decimal:
    number = parse_number(text)
    if abs(number) >= MAX_MONEY:
        raise CellError(_("“%(text)s” is too large a sum.") % {"text": text[:80]})
    return number.quantize(Decimal("0.01"))


def parse_probability(text: str) -> Decimal:
    number = parse_number(text).quantize(Decimal("0.01"))
    if not 0 <= number <= 100:
        raise CellError(
            _("“%(text)s” is not a percentage from 0 to 100.") % {"text": text[:80]}
        )
    return number


def parse_count(text: str) -> int:
    number = parse_number(text)
    if number != int(number) or not 0 <= number < 2**31:
        raise CellError(_("“%(text)s” is not a count.") % {"text": text[:80]})
    return int(number)


def parse_moment(text: str, *, zone: tzinfo, day_first: bool = True) -> datetime:
    """An aware time; without a zone it is in ``zone``, without hours at midnight.

    Years from 1300 to 1499 are of the Jalali calendar. ``day_first`` decides
    3/4/2025 and the like; dots always mean the day comes first.
    """
    if moment := _iso_moment(text, zone):
        return moment
    match = _DATE.fullmatch(fold_script(text).strip())
    if match is None:
        raise CellError(_("“%(text)s” is not a date.") % {"text": text[:80]})
    try:
        return _moment(match, zone, day_first).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise CellError(_("“%(text)s” is not a date.") % {"text": text[:80]}) from error


def _iso_moment(text: str, zone: tzinfo) -> datetime | None:
    """The quick way for what most files hold; None for anything unusual."""
    if text[4:5] != "-" or not text.isascii():
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year < 1900:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _moment(match: re.Match[str], zone: tzinfo, day_first: bool) -> datetime:
    year, month, day = _year_month_day(match, day_first)
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    clock = (hour, int(match["minute"] or 0), int(match["second"] or 0))
    written_zone = _written_zone(match["zone"]) or zone
    if 1300 <= year < 1500:
        jalali = jdatetime.datetime(year, month, day, *clock)
        naive: datetime = jalali.togregorian()
        return naive.replace(tzinfo=written_zone)
    if year < 1900:
        raise ValueError(year)
    return datetime(year, month, day, *clock, tzinfo=written_zone)


def _year_month_day(match: re.Match[str], day_first: bool) -> tuple[int, int, int]:
    a, b, c = int(match["a"]), int(match["b"]), int(match["c"])
    if len(match["a"]) >= 3:
        return a, b, c
    year = c if len(match["c"]) >= 3 else 2000 + c
    dotted = "." in match[0][: match.end("c") - match.start()]
    if (day_first or dotted or a > 12) and b <= 12:
        return year, b, a
    return year, a, b


def _written_zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def is_month_first(texts: list[str]) -> bool:
    """Whether dates with slashes in one column can only be month first."""
    for text in texts:
        match = _DATE.fullmatch(text.strip())
        if match and "/" in text and len(match["a"]) < 3 and int(match["b"]) > 12:
            return True
    return False


def parse_country(text: str) -> str:
    """The ISO 3166 code of a country given by code or name (en, uk, fa)."""
    code = _country_codes().get(fold(text).strip())
    if code is None:
        raise CellError(_("“%(text)s” is no country we know.") % {"text": text[:80]})
    return code


def parse_language(text: str) -> str:
    """The ISO 639 code of a language given by locale, code or name (en, uk, fa)."""
    word = fold(text).split(" / ")[0].split(" (")[0].strip()
    names = _language_codes()
    code = names.get(word) or names.get(re.split(r"[-_@.]", word)[0])
    if code is None:
        raise CellError(_("“%(text)s” is no language we know.") % {"text": text[:80]})
    return code


def parse_time_zone(text: str) -> str:
    if text not in _time_zones():
        raise CellError(_("“%(text)s” is no time zone we know.") % {"text": text[:80]})
    return text


def parse_currency(text: str) -> str:
    code = {"€": "EUR", "$": "USD", "£": "GBP", "₴": "UAH"}.get(text, text.upper())
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise CellError(
            _("“%(text)s” is not a currency's three letters.") % {"text": text[:80]}
        )
    return code


@cache
def _country_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in SCREEN_LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(fold(name), code)
                codes.setdefault(fold(code), code)
    return codes | COUNTRY_NAMES


@cache
def _language_codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in SCREEN_LANGUAGES:
        for code, name in Locale(language).languages.items():
            if "_" not in code and len(code) <= 3:
                codes.setdefault(fold(name), code)
                codes.setdefault(fold(code), code)
    own = {fold(Locale(code).display_name): code for code in SCREEN_LANGUAGES}
    return codes | own


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
