"""The pipeline and the leads, by mouse, by keyboard and on a narrow phone.

Works on leads of its own: other tests count the sample's.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.accessibility import problems_in_both, too_wide

pytestmark = pytest.mark.e2e

PAGES = [
    "/",
    "/pipeline/",
    "/leads/?status=lost",
    "/leads/?status=all&group=reason",
    "/leads/?q=nobody-is-called-this",
    "/leads/new/",
    "/settings/profile/",
    "/settings/people/",
    "/settings/stages/",
    "/settings/lost-reasons/",
]


def new_lead(page: Page, title: str) -> None:
    page.goto("/leads/new/")
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name=title).wait_for()


def column(page: Page, name: str):
    return page.get_by_role("region", name=name, exact=True)


def test_board_moves_a_card_by_keyboard_and_says_so(demo_page):
    new_lead(demo_page, "Keyboard lamp")
    demo_page.goto("/pipeline/")

    column(demo_page, "New").get_by_role("link", name="Keyboard lamp").focus()
    demo_page.keyboard.press("Alt+ArrowRight")

    said = demo_page.locator("[data-board-said]")
    expect(said).to_have_text("Keyboard lamp: Qualified")
    demo_page.reload()
    expect(
        column(demo_page, "Qualified").get_by_role("link", name="Keyboard lamp")
    ).to_be_visible()


def test_board_moves_a_card_by_mouse(demo_page):
    new_lead(demo_page, "Dragged lamp")
    demo_page.goto("/pipeline/")
    figures = column(demo_page, "Qualified").locator(".board-figures")
    before = figures.inner_text()

    card = demo_page.locator(".board-card", has_text="Dragged lamp").bounding_box()
    target = column(demo_page, "Qualified").locator(".board-card").nth(0).bounding_box()
    demo_page.mouse.move(card["x"] + 40, card["y"] + 40)
    demo_page.mouse.down()
    demo_page.mouse.move(card["x"] + 80, card["y"] + 60, steps=4)
    demo_page.mouse.move(target["x"] + 60, target["y"] + 30, steps=12)
    demo_page.mouse.up()

    expect(figures).not_to_have_text(re.compile(re.escape(before.split("\n")[0])))
    demo_page.reload()
    expect(
        column(demo_page, "Qualified").get_by_role("link", name="Dragged lamp")
    ).to_be_visible()


def test_board_puts_the_card_back_when_the_server_refuses(demo_page):
    new_lead(demo_page, "Stubborn lamp")
    demo_page.goto("/pipeline/")
    demo_page.route("**/pipeline/move/", lambda route: route.fulfill(status=500))

    column(demo_page, "New").get_by_role("link", name="Stubborn lamp").focus()
    demo_page.keyboard.press("Alt+ArrowRight")

    expect(demo_page.locator("#toasts")).to_contain_text("Nothing is lost")
    expect(
        column(demo_page, "New").get_by_role("link", name="Stubborn lamp")
    ).to_be_visible()


def test_list_searches_while_typing_and_archives_what_is_ticked(demo_page):
    new_lead(demo_page, "Ephemeral lamp")
    demo_page.goto("/leads/")

    demo_page.get_by_role("searchbox", name="Search").fill("ephemeral")
    expect(demo_page.locator(".lead-count")).to_have_text(re.compile(r"^\s*1 lead\b"))
    demo_page.get_by_role("checkbox", name="Choose Ephemeral lamp").check()
    demo_page.get_by_role("button", name="Archive").click()

    expect(demo_page.locator("#toasts")).to_contain_text("1 lead is archived.")
    expect(demo_page.get_by_text("No lead matches")).to_be_visible()


def test_lead_marked_lost_and_restored_keeps_its_history(demo_page):
    new_lead(demo_page, "Boomerang lamp")

    demo_page.get_by_role("button", name="Mark lost").first.click()
    dialog = demo_page.get_by_role("dialog", name="Mark lost")
    dialog.get_by_label("Lost reason").select_option("Too expensive")
    dialog.get_by_label("Closing note").fill("Next spring")
    dialog.get_by_role("button", name="Mark lost").click()
    expect(demo_page.locator(".page-lead")).to_contain_text("Lost: Too expensive")
    demo_page.get_by_role("button", name="Restore").click()

    expect(demo_page.locator(".page-lead")).to_contain_text("Open")
    losses = demo_page.get_by_role("region", name="Losses")
    expect(losses).to_contain_text("Too expensive")
    expect(losses).to_contain_text("Next spring")
    demo_page.get_by_role("button", name="Archive").click()


def test_expired_session_of_a_search_leads_to_the_login_and_back(demo_page):
    demo_page.goto("/leads/?status=lost")
    demo_page.context.clear_cookies()

    demo_page.get_by_role("searchbox", name="Search").fill("lamp")

    demo_page.wait_for_url("**/login/?next=%2Fleads%2F*")


@pytest.mark.parametrize("language", ["en", "fa"])
def test_pages_fit_a_narrow_phone_and_are_accessible(demo_page, language):
    demo_page.set_viewport_size({"width": 360, "height": 740})
    demo_page.goto("/settings/profile/")
    demo_page.locator("[name=language]").select_option(language)
    demo_page.locator("form[data-unsaved] [type=submit]").click()
    demo_page.wait_for_load_state()

    faults = {}
    for path in PAGES:
        demo_page.goto(path)
        if found := problems_in_both(demo_page) + too_wide(demo_page):
            faults[path] = found
    demo_page.goto("/settings/profile/")
    demo_page.locator("[name=language]").select_option("en")
    demo_page.locator("form[data-unsaved] [type=submit]").click()
    demo_page.wait_for_load_state()

    assert faults == {}
