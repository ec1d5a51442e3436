"""Names, greetings and dates as each language writes them."""

from __future__ import annotations

from datetime import date

import pytest

from winback.content.fields import MERGE_FIELDS
from winback.content.liquid.engine import RenderState, compile_template
from winback.content.merge import EMPTY_WHEN, merge_columns

DAY = date(2025, 3, 6)


def rendered(source, language="en", **values):
    template = compile_template(source, autoescape=False)
    values["language_code"] = language
    return template.render(RenderState(values, lambda _position, url: url))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Olena Kovalenko", "Olena"),
        ("Mr. John Smith", "John"),
        ("Prof. Dr. Ana Silva", "Ana"),
        ("пані Олена Коваленко", "Олена"),
        ("Шановний пан Іван", "Іван"),
        ("آقای دکتر رضا احمدی", "رضا"),
        ("Kovalenko, Olena", "Olena"),
        ("Drake Bell", "Drake"),
        ("Dr.", "Dr."),
        ("  ", ""),
        ("", ""),
    ],
)
def test_a_first_name_is_what_to_call_the_person(name, first):
    assert rendered("{{ n | first_name }}", n=name) == first


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ n | initials }}", "OK"),
        ("{{ 'olena' | initials }}", "O"),
        ("{{ '' | initials }}", ""),
        ("{{ 'OLENA-MARIA KOVALENKO' | titlecase }}", "Olena-Maria Kovalenko"),
        ("{{ 'Ronald McDonald' | titlecase }}", "Ronald McDonald"),
        ("{{ nobody | titlecase }}|{{ nobody | first_name }}", "|"),
    ],
)
def test_names_are_written_in_short_and_in_case(source, expected):
    assert rendered(source, n="Olena Kovalenko") == expected


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("en", "Hello Olena", "Hello"),
        ("uk", "Вітаємо, Olena", "Вітаємо"),
        ("fa", "سلام Olena", "سلام"),
        ("uk-UA", "Вітаємо, Olena", "Вітаємо"),
        ("de", "Hello Olena", "Hello"),
    ],
)
def test_a_greeting_is_in_the_language_and_needs_no_name(language, known, unknown):
    assert rendered("{{ n | greeting }}", language, n="Mrs Olena K.") == known
    assert rendered("{{ n | greeting }}", language, n=None) == unknown


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ d | date }}", "۱۶ اسفند ۱۴۰۳"),
        ("{{ d | date: 'short' }}", "۱۴۰۳/۱۲/۱۶"),
        ("{{ d | date: 'full' }}", "پنجشنبه ۱۶ اسفند ۱۴۰۳"),
        ("{{ d | date: '%Y/%m/%d' }}", "۱۴۰۳/۱۲/۱۶"),
    ],
)
def test_persian_dates_are_jalali_in_every_form(source, expected):
    assert rendered(source, "fa", d=DAY) == expected


def test_a_jalali_date_can_be_asked_for_in_any_language():
    assert rendered("{{ d | jalali: 'short' }}", "uk", d=DAY) == "۱۴۰۳/۱۲/۱۶"
    assert rendered("{{ d | date: '%d.%m.%Y' }}", "uk", d=DAY) == "06.03.2025"


def test_a_list_is_rid_of_what_it_has_twice():
    assert rendered("{{ 'b,a,b' | split: ',' | uniq | join: '' }}") == "ba"


def test_every_field_that_can_be_empty_is_counted_by_the_report():
    can_be_empty = {field.path for field in MERGE_FIELDS if not field.always_set}

    assert can_be_empty <= set(EMPTY_WHEN)


def test_every_field_of_a_lead_is_read_with_its_columns():
    assert merge_columns({"lead.last_name", "lead.language_name", "lead.phone"}) == [
        "contact_name",
        "language",
        "phone",
    ]
