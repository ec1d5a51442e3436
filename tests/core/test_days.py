from __future__ import annotations

from datetime import date, time

import pytest
from django import forms
from django.utils import translation

from winback.core import days
from winback.core.forms import DayField, DayTimeField

DAY = date(2026, 1, 31)  # 11 Bahman 1404


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "2026-01-31"),
        ("en", " 2026/1/31 "),
        ("en", "31.1.2026"),
        ("en", "Jan 31, 2026"),
        ("en", "31 january 2026"),
        ("en", "\u200e31 Jan\u200f 2026"),
        ("uk", "31.01.2026"),
        ("uk", "31 січня 2026"),
        ("uk", "31 січ. 2026 р."),
        ("uk", "2026-01-31"),
        ("fa", "۱۴۰۴/۱۱/۱۱"),
        ("fa", "1404-11-11"),
        ("fa", "٤٠٤١".replace("٤٠٤١", "١٤٠٤") + "/11/11"),
        ("fa", "۱۱ بهمن ۱۴۰۴"),
        ("fa", "2026-01-31"),
    ],
)
def test_parse_day_reads_the_readers_ways_and_iso(language, text):
    with translation.override(language):
        assert days.parse_day(text) == DAY


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ""),
        ("en", "1/31/2026"),
        ("en", "31/1/2026"),
        ("en", "2026-02-30"),
        ("en", "31 Jan"),
        ("en", "31 Ja 2026"),
        ("en", "Ju 31 2026"),
        ("en", "1404-11-11"),
        ("en", "1899-12-31"),
        ("en", "2200-01-01"),
        ("en", "2026-01/31"),
        ("en", "31 Jan 2026 2"),
        ("fa", "1403/12/31"),
        ("fa", "1404/13/1"),
        ("fa", "۱۱ بهمن ۲۰۲۶"),
        ("fa", "31 Jan 2026"),
        ("uk", "31 Jan 2026"),
        ("uk", "²026-01-31"),
    ],
)
def test_parse_day_of_what_names_no_day_is_none(language, text):
    with translation.override(language):
        assert days.parse_day(text) is None


def test_parse_day_knows_the_jalali_leap_day():
    with translation.override("fa"):
        assert days.parse_day("1403/12/30") == date(2025, 3, 20)
        assert days.parse_day("1404/12/30") is None


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Jan 31, 2026"), ("uk", "31.01.2026"), ("fa", "۱۴۰۴/۱۱/۱۱")],
)
def test_day_field_text_is_read_back(language, expected):
    with translation.override(language):
        assert days.day_field_text(DAY) == expected
        assert days.parse_day(expected) == DAY


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9", time(9)),
        ("9:30", time(9, 30)),
        ("0930", time(9, 30)),
        ("9.30", time(9, 30)),
        ("۰۹:۳۰", time(9, 30)),
        ("9:30 PM", time(21, 30)),
        ("12 a.m.", time(0)),
        ("12 pm", time(12)),
        ("24:00", None),
        ("9:60", None),
        ("13 pm", None),
        ("0 am", None),
        ("soon", None),
        ("", None),
    ],
)
def test_parse_clock_reads_times_of_day(text, expected):
    assert days.parse_clock(text) == expected


def test_day_field_refuses_with_an_example_in_the_readers_calendar():
    with translation.override("fa"), pytest.raises(forms.ValidationError) as refusal:
        DayField().clean("1403/12/31")

    assert "۱۴۰۴/۱۱/۱۱" in refusal.value.messages[0]


class _Form(forms.Form):
    at = DayTimeField(label="At")


@pytest.mark.parametrize(
    "sent",
    [
        {"at": "2026-01-31T09:30"},
        {"at_0": "2026-01-31", "at_1": "09:30"},
        {"at_0": "۱۴۰۴/۱۱/۱۱", "at_1": "۹:۳۰"},
    ],
)
def test_day_time_field_takes_one_value_or_two(sent):
    with translation.override("fa"):
        form = _Form(sent)

        assert form.is_valid(), form.errors
        assert form.cleaned_data["at"].isoformat() == "2026-01-31T09:30:00"
        assert 'value="۱۴۰۴/۱۱/۱۱"' in str(form["at"])
        assert 'value="۰۹:۳۰"' in str(form["at"])


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"at_0": "2026-01-31"}, "This field is required."),
        (
            {"at_0": "1/2/2026", "at_1": "09:30"},
            "Write a day such as Jan 31, 2026.",
        ),
        (
            {"at_0": "2026-01-31", "at_1": "soon"},
            "Write a time of day such as 09:30.",
        ),
    ],
)
def test_day_time_field_says_which_part_is_wrong(sent, wrong):
    assert _Form(sent).errors["at"] == [wrong]
