"""The rule builder in a browser: the demo's recipe by mouse, then by keyboard alone."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.accessibility import problems_in_both, too_wide
from tests.e2e.rule_steps import add_rule, build_recipe, operator

from winback.core.config import LANGUAGES

pytestmark = pytest.mark.e2e
BUILT_WITHIN_SECONDS = 120
FIELDS = ["blacklisted", "created_at", "stage", "lost_reason"]


@pytest.fixture
def builder(demo_page: Page) -> Page:
    demo_page.goto("/audience/")
    expect(_panel(demo_page)).to_have_attribute("data-state", "ready")
    return demo_page


def _panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Who matches")


def _tree(page: Page) -> dict:
    return json.loads(page.locator("[data-rules-input]").input_value())


def _matched(page: Page) -> int:
    expect(_panel(page)).to_have_attribute("data-state", "ready")
    return _number(_panel(page).locator(".rule-count-number").inner_text())


def _number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _expect_recipe(page: Page) -> None:
    """The tree is the recipe's, apart from the ids of stages and reason."""
    tree = _tree(page)
    assert tree["match"] == "all"
    assert [rule.get("field") for rule in tree["rules"]] == [*FIELDS, None]
    assert [rule.get("op") for rule in tree["rules"]] == [
        "not_set",
        ">=",
        "not_in",
        "in",
        None,
    ]
    assert tree["rules"][1]["value"] == "2024-01-01"
    assert [len(tree["rules"][at]["value"]) for at in (2, 3)] == [3, 1]
    assert tree["rules"][4] == {
        "match": "any",
        "rules": [
            {"field": "active", "op": "set"},
            {"field": "active", "op": "not_set"},
        ],
    }


def _expect_figures_of_the_recipe(page: Page) -> None:
    """The figures are those of the ready recipe, and each opens as many people."""
    matched = _matched(page)
    built = _panel(page).locator(".waterfall").inner_text()
    assert 150 <= matched <= 400
    with page.expect_popup() as popup:
        _panel(page).locator("[data-count-link]").click()
    expect(popup.value.locator("h1")).to_have_text("Everybody who matches")
    assert _number(popup.value.locator("p strong").inner_text()) == matched
    popup.value.goto("/audience/?recipe=back_in_stock")
    expect(_panel(popup.value)).to_have_attribute("data-state", "ready")
    assert _panel(popup.value).locator(".waterfall").inner_text() == built


def test_recipe_is_built_with_the_mouse_in_under_two_minutes(builder):
    page, started = builder, time.monotonic()
    area = page.locator("[data-rules-area]")

    build_recipe(area)

    _expect_recipe(page)
    _expect_figures_of_the_recipe(page)
    assert time.monotonic() - started < BUILT_WITHIN_SECONDS
    # The pair of Active says what the switch says.
    expect(page.get_by_role("radio", name="All")).to_be_checked()


_FOCUSED_NAME = """() => {
  const element = document.activeElement;
  return element.getAttribute("aria-label") ?? element.textContent.trim();
}"""


class Keyboard:
    """A person without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def tab_to(self, name: str) -> None:
        for _ in range(60):
            if self.page.evaluate(_FOCUSED_NAME) == name:
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {name!r}")

    def choose(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.press("Enter")

    def add(self, field: str) -> None:
        self.tab_to("New rule")
        self.press("Enter")
        self.choose(field)

    def give(self, label: str, *values: str) -> None:
        self.tab_to(label)
        for value in values:
            self.choose(value)


def test_recipe_is_built_with_the_keyboard_alone(builder):
    keys = Keyboard(builder)

    keys.add("Blacklisted")
    keys.press("ArrowDown")  # from "is set" to "is not set"
    keys.add("Created on")
    keys.give("Created on: value", "2024-01-01")
    keys.add("Stage")
    keys.press("ArrowDown")  # from "is in" to "is not in"
    keys.give("Stage: value", "New", "Qualified", "Won")
    keys.add("Lost reason")
    keys.give("Lost reason: value", "Not enough stock")
    keys.tab_to("Add branch")
    keys.press("Enter")
    keys.choose("Active")
    keys.add("Active")
    keys.press("ArrowDown")

    _expect_recipe(builder)
    _expect_figures_of_the_recipe(builder)


def test_delete_and_duplicate_keep_the_focus_beside_the_rule(builder):
    page = builder
    area = page.locator("[data-rules-area]")
    for field in ("City", "Company"):
        operator(add_rule(area, field)).select_option("is set")

    area.get_by_role("button", name="Duplicate (1)").press("Enter")
    assert [rule["field"] for rule in _tree(page)["rules"]] == ["city"] * 2 + [
        "company"
    ]
    expect(
        area.locator(".rule-row").nth(1).locator("[data-part=field]")
    ).to_be_focused()
    area.get_by_role("button", name="Delete (3)").press("Enter")
    expect(area.get_by_role("button", name="Delete (2)")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Enter")
    expect(area.get_by_role("button", name="New rule")).to_be_focused()
    assert _tree(page) == {"match": "all", "rules": []}


def test_switch_says_the_same_as_the_rules(builder):
    page = builder
    matched = {"open": _matched(page)}

    for scope in ("Lost", "All", "Open and won"):
        with page.expect_response("**/audience/count/"):
            page.get_by_role("radio", name=scope).check(force=True)
        matched[scope.lower()] = _matched(page)

    assert matched["all"] == 2000
    assert matched["lost"] == 1406
    assert _tree(page) == {"match": "all", "rules": []}


def test_unfinished_rule_is_marked_and_not_counted(builder):
    page = builder
    row = add_rule(page.locator("[data-rules-area]"), "Lost reason")

    expect(row).to_have_attribute("data-unfinished", "")
    expect(_panel(page)).to_contain_text("Finish the marked rule")
    row.get_by_role("combobox", name="Lost reason: value").click()
    row.get_by_role("option", name="Too expensive").click()
    expect(_panel(page)).to_have_attribute("data-state", "ready")


def test_note_beside_a_negative_rule_is_cured_with_one_click(builder):
    page = builder
    page.get_by_role("radio", name="All").check(force=True)
    row = add_rule(page.locator("[data-rules-area]"), "Lost reason")
    operator(row).select_option("is not in")
    row.get_by_role("combobox", name="Lost reason: value").click()
    row.get_by_role("option", name="Too expensive").click()
    page.keyboard.press("Escape")
    expect(row.locator(".rule-note")).to_contain_text("leads without “Lost reason”")
    before = _matched(page)

    row.get_by_role("button", name="Add “Lost reason is set”").click()

    expect(page.locator(".rule-note")).to_have_count(0)
    assert _matched(page) < before
    assert _tree(page)["rules"][-1] == {"field": "lost_reason", "op": "set"}


def test_favourite_is_saved_loaded_and_deleted(builder):
    page = builder
    operator(add_rule(page.locator("[data-rules-area]"), "City")).select_option(
        "is set"
    )
    page.get_by_role("button", name="Save as favourite").click()
    page.get_by_label("Name", exact=True).fill("With a city")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. With a city")).to_be_visible()

    page.goto("/audience/")
    page.get_by_role("button", name="Filters and recipes").click()
    page.get_by_role("button", name="With a city").click()
    expect(page.locator(".rule-row")).to_have_count(1)
    assert _tree(page)["rules"] == [{"field": "city", "op": "set"}]
    page.goto("/filters/")
    expect(page.get_by_role("row", name="With a city")).to_contain_text("City is set")
    page.get_by_role("row", name="With a city").get_by_label("Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The filter is deleted.")).to_be_visible()


def test_rules_travel_in_odoos_notation(builder):
    page = builder
    page.get_by_role("button", name="Import or export rules").click()
    page.get_by_label("Rules", exact=True).last.fill(
        '["&", ("stage_id.name", "not in", ["New", "Won"]), ("active", "=", False)]'
    )
    page.get_by_role("button", name="Replace the rules").click()

    expect(page.locator(".rule-row")).to_have_count(2)
    assert [rule["field"] for rule in _tree(page)["rules"]] == ["stage", "active"]
    page.get_by_role("button", name="Import or export rules").click()
    page.get_by_label("Notation").select_option("Odoo")
    expect(page.get_by_label("Rules", exact=True).last).to_have_value(
        re.compile("stage_id")
    )


def test_people_behind_a_figure_are_exported_as_csv(builder):
    page = builder
    with page.expect_popup() as popup:
        _panel(page).locator("[data-count-link]").click()

    with popup.value.expect_download() as download:
        popup.value.get_by_role("link", name="Export CSV").click()

    text = download.value.path().read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("external_id,title")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_audience_is_accessible_and_fits(log_in_as, width, language):
    page = log_in_as(language)
    # So high that the line that sticks to the lower edge covers nothing.
    page.set_viewport_size({"width": width, "height": 2400})
    page.goto("/audience/?recipe=back_in_stock")
    expect(page.locator("[data-rule-panel]")).to_have_attribute("data-state", "ready")

    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.dir") == (
        "rtl" if language == "fa" else "ltr"
    )
    assert problems_in_both(page) + too_wide(page) == []
