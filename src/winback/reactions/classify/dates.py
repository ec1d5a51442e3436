"""Days as people write them in notes of absence, in twelve languages."""

from __future__ import annotations

import re
from datetime import date

import jdatetime
from babel import Locale

LANGUAGES = ("en", "uk", "ru", "fa", "de", "fr", "es", "pl", "it", "nl", "pt", "tr")
_JALALI = [
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


def _month_names() -> dict[str, int]:
    names: dict[str, int] = {}
    for language in LANGUAGES:
        months = Locale(language).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[form][width].items():
                    names[name.lower().strip(".").replace("\u200c", "")] = number
    return {name: number for name, number in names.items() if len(name) > 2}


MONTHS = _month_names()
_NAMES = "|".join(
    re.escape(name) for name in sorted([*MONTHS, *_JALALI], key=len, reverse=True)
)
DAY = (
    r"(?:(?P<iso>\d{4})[-/.](?P<iso_month>\d{1,2})[-/.](?P<iso_day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?:[./-](?P<year>\d{2,4}))?"
    r"|(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.|-?\w{1,2})?,? (?:of |de |do )?"
    rf"(?P<month>{_NAMES})\w{{0,4}}\.?,?(?: (?:de |del )?(?P<year_after>\d{{4}}))?"
    rf"|(?P<month_first>{_NAMES})\.? (?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?\b"
    r"(?:,? (?P<year_last>\d{4}))?)"
)


def day_of(match: re.Match[str], *, sent_on: date) -> date | None:
    """The day that a match of ``DAY`` names, near ``sent_on``; None if there is none.

    Of "05/06" the day comes first, unless only the other way makes a day to come:
    both are usual in English.
    """
    if match["iso"]:
        return _day(match["iso"], match["iso_month"], match["iso_day"], sent_on)
    if match["first"]:
        year = match["year"]
        day = _day(year, match["second"], match["first"], sent_on)
        other = None
        if match["mark"] == "/":
            other = _day(year, match["first"], match["second"], sent_on)
        return day if day and (day >= sent_on or not other) else other
    name = (match["month"] or match["month_first"]).lower()
    number = match["day"] or match["day_second"]
    year = match["year_after"] or match["year_last"]
    if name in _JALALI:
        return _jalali(year, _JALALI.index(name) + 1, number, sent_on)
    return _day(year, str(MONTHS[name]), number, sent_on)


def _day(year: str | None, month: str, day: str, sent_on: date) -> date | None:
    if year and 1300 <= int(year) < 1500:
        return _jalali(year, int(month), day, sent_on)
    if year:
        number = int(year)
        return _gregorian(2000 + number if number < 100 else number, month, day)
    this_year = _gregorian(sent_on.year, month, day)
    if this_year and this_year >= sent_on:
        return this_year
    return _gregorian(sent_on.year + 1, month, day)


def _gregorian(year: int, month: str, day: str) -> date | None:
    try:
        return date(year, int(month), int(day))
    except ValueError:
        return None


def _jalali(year: str | None, month: int, day: str, sent_on: date) -> date | None:
    now = jdatetime.date.fromgregorian(date=sent_on).year
    for candidate in [int(year)] if year else [now, now + 1]:
        try:
            found: date = jdatetime.date(candidate, month, int(day)).togregorian()
        except ValueError:
            continue
        if found >= sent_on:
            return found
    return None
