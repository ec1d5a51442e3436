"""Days and times of day as people type them, in the calendar that they read.

The browser's half of the same rules is ``frontend/modules/days/reading.js``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

import jdatetime
from django.utils.translation import gettext as _

from winback.core import formats
from winback.core.text import fold

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
EXAMPLE_DAY = date(2026, 1, 31)
# Jalali years are below it, Gregorian ones that anybody means above.
_FIRST_GREGORIAN_YEAR = 1700
# Marks of direction come along when a day is copied out of a page.
_UNSEEN = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_PARTS = re.compile(r"[\s,،.]+")
_CLOCK = re.compile(r"(\d{1,2})(?::?(\d{2}))?(am|pm)?", re.ASCII)
_SHORTEST_PREFIX = 3


def parse_day(text: str) -> date | None:
    """The day that ``text`` names, or None if it names none that can be meant.

    ISO days (2026-01-31) are understood everywhere. Else the reader's own way
    counts: Jalali numbers and month names in Persian, day.month.year and month
    names in the other languages. Slashes with the day or month first mean one
    day in London and another in New York, so they mean none here.
    """
    text = fold(_UNSEEN.sub("", text)).strip()
    found = _in_numbers(text) or _with_a_name(text)
    return found if found and FIRST_DAY <= found <= LAST_DAY else None


def day_field_text(day: date) -> str:
    """``day`` as a field shows it: short, in the reader's calendar and digits."""
    language = formats.reader_locale().language
    if language in formats.JALALI_LANGUAGES:
        jalali = jdatetime.date.fromgregorian(date=day)
        return formats.in_digits(f"{jalali:%Y/%m/%d}")
    return f"{day:%d.%m.%Y}" if language == "uk" else formats.date_text(day)


def day_problem() -> str:
    """What to say of a text that names no day."""
    return _("Write a day such as %(example)s.") % {
        "example": day_field_text(EXAMPLE_DAY)
    }


def parse_clock(text: str) -> time | None:
    """The time of day that ``text`` names (9, 9:30, 0930, 9:30 pm), or None."""
    text = re.sub(r"\s|[\u200e\u200f]", "", fold(text)).replace(".", ":")
    found = _CLOCK.fullmatch(text.replace("a:m:", "am").replace("p:m:", "pm"))
    if not found:
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def clock_field_text(at: time) -> str:
    """``at`` as a field shows it, with 24 hours, in the reader's digits."""
    return formats.in_digits(f"{at:%H:%M}")


def clock_problem() -> str:
    return _("Write a time of day such as %(example)s.") % {
        "example": clock_field_text(time(9, 30))
    }


def _in_numbers(text: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return _day(int(found[1]), int(found[3]), int(found[4]))
    if found := _DAY_FIRST.fullmatch(text):
        return _day(int(found[3]), int(found[2]), int(found[1]))
    return None


def _with_a_name(text: str) -> date | None:
    """A day of which the month is named, in any order: 31 Jan 2026."""
    parts = [part for part in _PARTS.split(text) if part]
    numbers = [part for part in parts if part.isdecimal()]
    names = [part for part in parts if not part.isdecimal()]
    if formats.reader_locale().language == "uk" and names[1:] in (["р"], ["року"]):
        names.pop()
    if len(numbers) != 2 or len(names) != 1 or len(numbers[1]) != 4:
        return None
    month, year = _month(names[0]), int(numbers[1])
    is_other_calendar = formats.uses_jalali() and year >= _FIRST_GREGORIAN_YEAR
    if month is None or is_other_calendar:
        return None
    return _day(year, month, int(numbers[0]))


def _month(word: str) -> int | None:
    """The only month whose name is ``word`` or begins with it."""
    found = {
        month
        for month, name in _month_names()
        if name == word or (len(word) >= _SHORTEST_PREFIX and name.startswith(word))
    }
    return found.pop() if len(found) == 1 else None


def _month_names() -> Iterator[tuple[int, str]]:
    if formats.uses_jalali():
        for month, name in enumerate(jdatetime.date.j_months_fa, start=1):
            yield month, fold(name)
        return
    for use in ("format", "stand-alone"):
        for month, name in formats.reader_locale().months[use]["wide"].items():
            yield month, fold(name)


def _day(year: int, month: int, day: int) -> date | None:
    """The day of these numbers; a year before 1700 is one of the Jalali calendar."""
    try:
        if year >= _FIRST_GREGORIAN_YEAR:
            return date(year, month, day)
        if formats.uses_jalali():
            jalali: date = jdatetime.date(year, month, day).togregorian()
            return jalali
    except ValueError:
        return None
    return None
