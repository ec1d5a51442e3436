from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from winback.core import formats

NOW = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "1,284,567"), ("uk", "1\xa0284\xa0567"), ("fa", "۱٬۲۸۴٬۵۶۷")],
)
def test_number_text_is_grouped_as_the_language_does(language, expected):
    with translation.override(language):
        assert formats.number_text(1284567) == expected


@pytest.mark.parametrize(
    ("language", "rate", "expected"),
    [
        ("en", 0.1234, "12.3%"),
        ("en", 0.5, "50%"),
        ("uk", 0.1234, "12,3\xa0%"),
        ("fa", 0.5, "۵۰٪"),
    ],
)
def test_rate_text_shows_a_decimal_only_where_there_is_one(language, rate, expected):
    with translation.override(language):
        assert formats.rate_text(rate) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (1200, "USD", "$1,200"),
        (Decimal("1200.50"), "EUR", "€1,200.50"),
        (Decimal("-3"), "USD", "-$3"),
        (7, "", "7"),
        (12500, "PLN", "PLN\xa012,500"),
    ],
)
def test_money_text_leaves_out_empty_cents(amount, currency, expected):
    with translation.override("en"):
        assert formats.money_text(amount, currency) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Nov 21, 2026"),
        ("uk", "21 лист. 2026\u202fр."),
        ("fa", "۳۰ آبان ۱۴۰۵"),
    ],
)
def test_date_text_uses_the_calendar_of_the_language(language, expected):
    with translation.override(language):
        assert formats.date_text(NOW) == expected


def test_date_text_is_the_day_in_the_readers_zone():
    with timezone.override("Asia/Tehran"), translation.override("en"):
        assert formats.date_text(datetime(2026, 11, 21, 21, 0, tzinfo=UTC)) == (
            "Nov 22, 2026"
        )


def test_date_time_text_leaves_out_seconds():
    with translation.override("uk"):
        assert formats.date_time_text(NOW) == "21 лист. 2026\u202fр., 12:05"


def test_ago_text_rounds_to_one_unit():
    with translation.override("en"):
        assert formats.ago_text(NOW - timedelta(hours=3), now=NOW) == "3 hours ago"


@pytest.mark.parametrize(
    ("language", "month", "title", "first", "after"),
    [
        ("en", (2026, 12), "December 2026", date(2026, 12, 1), date(2027, 1, 1)),
        ("fa", (1405, 9), "آذر ۱۴۰۵", date(2026, 11, 22), date(2026, 12, 22)),
        ("fa", (1405, 12), "اسفند ۱۴۰۵", date(2027, 2, 20), date(2027, 3, 21)),
    ],
)
def test_month_bounds_are_those_of_the_readers_calendar(
    language, month, title, first, after
):
    with translation.override(language):
        assert formats.month_bounds(*month) == (first, after)
        assert formats.month_text(first) == title
        assert formats.month_of(after - timedelta(days=1)) == month


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "Ann"), ("uk", "Ann"), ("fa", "\u2068Ann\u2069")],
)
def test_set_apart_keeps_a_name_in_place_where_people_read_from_the_right(
    language, shown
):
    with translation.override(language):
        assert formats.set_apart("Ann") == shown
