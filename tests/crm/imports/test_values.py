from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.crm.imports import values
from winback.crm.imports.values import CellError

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-02-03", datetime(2025, 2, 2, 22, tzinfo=UTC)),
        ("2025-02-03 09:12:44", datetime(2025, 2, 3, 7, 12, 44, tzinfo=UTC)),
        ("2025-01-02T10:11:12.000Z", datetime(2025, 1, 2, 10, 11, 12, tzinfo=UTC)),
        ("2025-01-02T10:11:12+0330", datetime(2025, 1, 2, 6, 41, 12, tzinfo=UTC)),
        ("03.02.2025", datetime(2025, 2, 2, 22, tzinfo=UTC)),
        ("3/2/2025 10:00 PM", datetime(2025, 2, 3, 20, tzinfo=UTC)),
        ("02/28/2025", datetime(2025, 2, 27, 22, tzinfo=UTC)),
        ("۱۴۰۳/۱۱/۱۵", datetime(2025, 2, 2, 22, tzinfo=UTC)),
        ("1403-11-15 12:00", datetime(2025, 2, 3, 10, tzinfo=UTC)),
    ],
)
def test_parse_moment_reads_many_formats(text, expected):
    assert values.parse_moment(text, zone=KYIV) == expected


def test_parse_moment_month_first_is_for_slashes_only():
    slashes = values.parse_moment("03/02/2025", zone=UTC, day_first=False)
    dots = values.parse_moment("03.02.2025", zone=UTC, day_first=False)

    assert (slashes.month, dots.month) == (3, 2)


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2025-02-30", "31/31/2025", "0001-01-01", "2025", "1403/13/01"],
)
def test_parse_moment_of_no_date_is_an_error(text):
    with pytest.raises(CellError, match="is not a date"):
        values.parse_moment(text, zone=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12000", "12000"),
        ("3 500,50", "3500.50"),
        ("3\u00a0500,50 €", "3500.50"),
        ("$1,200.00", "1200.00"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1,234", "1234"),
        ("1,23", "1.23"),
        ("(500)", "-500"),
        ("-7.5", "-7.5"),
        ("۱۲٬۰۰۰٫۵", "12000.5"),
        ("20%", "20"),
    ],
)
def test_parse_number_reads_what_people_write(text, expected):
    assert values.parse_number(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "abc", "NaN", "Infinity", "1 or 2x3"])
def test_parse_number_of_no_number_is_an_error(text):
    with pytest.raises(CellError):
        values.parse_number(text)


def test_parse_money_too_large_is_an_error():
    with pytest.raises(CellError, match="too large"):
        values.parse_money("9" * 13)


@pytest.mark.parametrize("text", ["-1", "101"])
def test_parse_probability_beyond_percent_is_an_error(text):
    with pytest.raises(CellError, match="percentage"):
        values.parse_probability(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Fr", "FR"),
        ("Uk", "GB"),
        ("Ukraine", "UA"),
        ("Україна", "UA"),
        ("ایران", "IR"),
        ("USA", "US"),
        ("німеччина", "DE"),
    ],
)
def test_parse_country_by_code_and_by_name(text, code):
    assert values.parse_country(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("uk", "uk"),
        ("uk_UA", "uk"),
        ("en-US", "en"),
        ("Persian", "fa"),
        ("Ukrainian / Українська", "uk"),
        ("українська", "uk"),
        ("فارسی", "fa"),
    ],
)
def test_parse_language_by_locale_and_by_name(text, code):
    assert values.parse_language(text) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [("True", True), ("0", False), ("так", True), ("ні", False), ("بله", True)],
)
def test_parse_boolean_in_three_languages(text, expected):
    assert values.parse_boolean(text) is expected


@given(st.text(max_size=40))
def test_parsers_raise_nothing_but_cell_errors(text):
    for parse in (
        values.parse_boolean,
        values.parse_number,
        values.parse_money,
        values.parse_count,
        values.parse_country,
        values.parse_language,
        values.parse_currency,
        values.parse_time_zone,
        lambda cell: values.parse_moment(cell, zone=KYIV),
    ):
        try:
            parse(text)
        except CellError:
            continue
