"""Fields for days: by mouse, by keyboard, typed, in both calendars, without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import jdatetime
import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from tests.e2e.rule_steps import add_rule

pytestmark = pytest.mark.e2e
LOST_FROM = "#filter-lost_from"
YEARS_COMPARED = range(1300, 1480)


def open_leads(page: Page, query: str = "") -> Locator:
    """The field of the filter "lost from" on the list of lost leads."""
    page.goto(f"/leads/?status=lost{query}")
    page.locator(".filter-more summary").click()
    return page.locator(LOST_FROM)


def calendar_of(page: Page, field: str) -> Locator:
    page.locator(f".day-field:has({field}) .day-open").click()
    calendar = page.locator(".day-dialog")
    expect(calendar).to_be_visible()
    return calendar


def focused_day(page: Page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label')")


def sent(page: Page, name: str) -> str:
    """What the form sends under ``name``."""
    return page.locator(f"input[type=hidden][name={name}]").input_value()


def test_day_is_chosen_with_the_mouse_and_filters_the_list(demo_page, axe):
    open_leads(demo_page)

    calendar = calendar_of(demo_page, LOST_FROM)
    calendar.get_by_label("Year", exact=True).select_option("2026")
    calendar.get_by_label("Month", exact=True).select_option("February")
    assert axe(demo_page) == []
    expect(calendar.get_by_role("columnheader").first).to_have_text("Mon")
    calendar.get_by_role("button", name="Next month").click()
    calendar.get_by_role("gridcell", name="Saturday, March 14, 2026").click()

    expect(demo_page.locator(LOST_FROM)).to_have_value("Mar 14, 2026")
    demo_page.wait_for_url("**lost_from=2026-03-14*")
    demo_page.reload()
    expect(demo_page.locator(LOST_FROM)).to_have_value("Mar 14, 2026")
    calendar_of(demo_page, LOST_FROM).get_by_role("button", name="Clear").click()
    expect(demo_page.locator(LOST_FROM)).to_have_value("")
    demo_page.wait_for_url(lambda url: "lost_from" not in url)


def test_day_is_chosen_with_the_keyboard_alone(demo_page):
    field = open_leads(demo_page)
    field.fill("2024-01-31")
    press = demo_page.keyboard.press

    field.press("ArrowDown")
    steps = {
        "PageDown": "Thursday, February 29, 2024",
        "Shift+PageDown": "Friday, February 28, 2025",
        "Home": "Monday, February 24, 2025",
        "End": "Sunday, March 2, 2025",
        "ArrowLeft": "Saturday, March 1, 2025",
        "ArrowDown": "Saturday, March 8, 2025",
        "ArrowUp": "Saturday, March 1, 2025",
        "PageUp": "Saturday, February 1, 2025",
        "Shift+PageUp": "Thursday, February 1, 2024",
        "ArrowRight": "Friday, February 2, 2024",
    }
    seen = {}
    for key in steps:
        press(key)
        seen[key] = focused_day(demo_page)
    assert seen == steps
    press("Escape")
    expect(demo_page.locator(".day-dialog")).to_be_hidden()
    expect(field).to_be_focused()
    assert sent(demo_page, "lost_from") == "2024-01-31"

    field.press("ArrowDown")
    press("ArrowRight")
    press("Enter")

    expect(field).to_have_value("Feb 1, 2024")
    expect(field).to_be_focused()
    assert sent(demo_page, "lost_from") == "2024-02-01"


def test_persian_reader_chooses_in_jalali_months(log_in_as):
    page = log_in_as("fa")
    field = open_leads(page)
    field.fill("۱۴۰۳/۱۲/۳۰")
    assert sent(page, "lost_from") == "2025-03-20"

    calendar = calendar_of(page, LOST_FROM)
    expect(calendar.locator("thead th").first).to_have_attribute("abbr", "شنبه")
    expect(calendar.locator("[data-day-month]")).to_have_value("12")
    page.keyboard.press("PageDown")
    assert focused_day(page) == "شنبه ۳۰ فروردین ۱۴۰۴"
    # Where people read from right to left, tomorrow stands to the left.
    page.keyboard.press("ArrowLeft")
    assert focused_day(page) == "یکشنبه ۳۱ فروردین ۱۴۰۴"
    page.keyboard.press("Home")
    assert focused_day(page) == "شنبه ۳۰ فروردین ۱۴۰۴"
    calendar.locator("[data-day-month]").select_option("مهر")
    calendar.locator("[data-day-year]").select_option("۱۴۰۴")
    calendar.get_by_role("gridcell", name="چهارشنبه ۲ مهر ۱۴۰۴").click()

    expect(page.locator(LOST_FROM)).to_have_value("۱۴۰۴/۰۷/۰۲")
    page.wait_for_url("**lost_from=2025-09-24*")


@pytest.mark.parametrize(
    ("language", "typed", "shown", "iso"),
    [
        ("en", "31 jan 2026", "Jan 31, 2026", "2026-01-31"),
        ("en", "31.1.2026", "Jan 31, 2026", "2026-01-31"),
        ("uk", "31 січ. 2026 р.", "31.01.2026", "2026-01-31"),
        ("fa", "11 بهمن ١٤٠٤", "۱۴۰۴/۱۱/۱۱", "2026-01-31"),
        ("fa", "2026-01-31", "۱۴۰۴/۱۱/۱۱", "2026-01-31"),
    ],
)
def test_typed_day_is_understood_and_shown_the_usual_way(
    log_in_as, language, typed, shown, iso
):
    page = log_in_as(language)
    field = open_leads(page)

    field.fill(typed)
    field.press("Tab")

    expect(field).to_have_value(shown)
    page.wait_for_url(f"**lost_from={iso}*")


@pytest.mark.parametrize(
    ("language", "typed", "example"),
    [
        ("en", "1/31/2026", "Jan 31, 2026"),
        ("en", "31 Feb 2026", "Jan 31, 2026"),
        ("fa", "۱۴۰۴/۱۲/۳۰", "۱۴۰۴/۱۱/۱۱"),
    ],
)
def test_typed_text_that_names_no_day_is_refused_with_an_example(
    log_in_as, axe, language, typed, example
):
    page = log_in_as(language)
    field = open_leads(page)

    field.fill(typed)
    field.press("Tab")

    note = page.locator(f".day-field:has({LOST_FROM}) + .field-error")
    expect(note).to_contain_text(example)
    expect(field).to_have_attribute("aria-invalid", "true")
    assert axe(page) == []
    assert "lost_from" not in page.url
    field.fill("2026-01-31")
    expect(note).to_be_hidden()


def test_every_new_year_is_where_the_server_has_it(log_in_as):
    page = log_in_as("fa")
    field = open_leads(page)
    wrong = {}
    for year in YEARS_COMPARED:
        field.fill(f"{year}/01/01")
        expected = jdatetime.date(year, 1, 1).togregorian().isoformat()
        if sent(page, "lost_from") != expected:
            wrong[year] = expected
    assert wrong == {}


def test_rule_takes_a_jalali_day_with_a_time(log_in_as):
    page = log_in_as("fa")
    page.goto("/audience/")
    area = page.locator("[data-rules-area]")
    area.locator("[data-part=add]").click()
    area.locator(".rule-row [data-part=field]").fill("تاریخ ایجاد")
    page.keyboard.press("Enter")
    day = area.locator(".day-field input")
    day.fill("۱۴۰۲/۱۰/۱۱")
    area.locator(".rule-time").click()
    area.locator(".rule-clock").fill("۹:۳۰")
    area.locator(".rule-clock").press("Enter")

    tree = json.loads(page.locator("[data-rules-input]").input_value())
    assert tree["rules"][0]["value"] == "2024-01-01T09:30"
    expect(area.locator(".rule-clock")).to_have_value("۰۹:۳۰")


def test_rule_waits_for_a_day_that_can_be_read(demo_page):
    demo_page.goto("/audience/")
    row = add_rule(demo_page.locator("[data-rules-area]"), "Lost on")
    value = row.get_by_role("textbox", name="Lost on: value")

    value.fill("1/2/2026")
    expect(row).to_have_attribute("data-unfinished", "")
    value.fill("1 Feb 2026")

    expect(row).not_to_have_attribute("data-unfinished", "")
    panel = demo_page.get_by_role("region", name="Who matches")
    expect(panel).to_have_attribute("data-state", "ready")


@pytest.fixture
def persian_page(demo_page: Page) -> Iterator[Page]:
    """Somebody who may send and reads Persian, for as long as the test runs."""

    def read(language: str) -> None:
        demo_page.goto("/settings/profile/")
        demo_page.locator("[name=language]").select_option(language)
        demo_page.locator("form[data-unsaved] [type=submit]").click()
        expect(demo_page.locator("html")).to_have_attribute("lang", language)

    read("fa")
    yield demo_page
    read("en")


def test_mailing_is_scheduled_for_a_jalali_day(persian_page):
    page = persian_page
    page.goto("/mailings/new/")
    page.locator("form:has([name=kind][value=text]) button").click()
    page.locator("#id_subject").fill("نخ‌های تازه")
    page.locator("#id_body").fill("سلام")
    expect(page.locator("[data-save-state]")).to_have_text("ذخیره شد")
    page.locator("[data-open-dialog=schedule-dialog]").click()
    wanted = timezone.now().date() + timedelta(days=40)
    jalali = jdatetime.date.fromgregorian(date=wanted)

    calendar = calendar_of(page, "#id_scheduled_at_0")
    calendar.locator("[data-day-year]").select_option(str(jalali.year))
    calendar.locator("[data-day-month]").select_option(str(jalali.month))
    first = page.locator(".day-grid td:not(.is-other)").first
    for _ in range(jalali.day - 1):
        first = first.locator("xpath=following::td[1]")
    first.click()
    page.locator("#id_scheduled_at_1").fill("۱۴:۳۰")
    with page.expect_request("**/schedule/") as request:
        page.locator("#schedule-dialog [type=submit]").click()

    body = request.value.post_data
    assert f"scheduled_at_0={wanted.isoformat()}" in body
    assert "scheduled_at_1=14%3A30" in body
    expect(page.locator("#schedule-dialog")).to_be_hidden()


def test_field_is_a_plain_text_field_without_scripts(browser, installation):
    context = browser.new_context(
        base_url=installation.url, java_script_enabled=False, locale="fa-IR"
    )
    page = context.new_page()
    page.goto("/leads/?status=lost")
    page.locator("[name=username]").fill("shirin@winback.example")
    page.locator("[name=password]").fill(installation.password)
    page.locator("form:has([name=username]) [type=submit]").click()
    page.locator(".filter-more summary").click()

    page.locator("input[name=lost_from]").fill("۱۴۰۴/۱۰/۱۱")
    page.locator(".lead-filter noscript button, .lead-filter button").first.click()

    assert "lost_from=%DB%B1%DB%B4%DB%B0%DB%B4" in page.url
    expect(page.locator("input[name=lost_from]")).to_have_value("۱۴۰۴/۱۰/۱۱")
    narrowed = page.locator(".lead-count .tabular").inner_text()
    page.goto("/leads/?status=lost&lost_from=2026-01-01")
    assert page.locator(".lead-count .tabular").inner_text() == narrowed
    page.goto("/leads/?status=lost&lost_from=1404/13/1")
    expect(page.locator(".field-error")).to_contain_text("۱۴۰۴/۱۱/۱۱")
    context.close()
