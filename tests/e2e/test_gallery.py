"""Templates in a real browser: choosing one, a version more, the brand kit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_a_mailing_begins_from_a_template_by_keyboard(demo_page, axe):
    demo_page.goto("/mailings/new/")
    demo_page.get_by_role("searchbox", name="Search templates").fill("price")
    demo_page.keyboard.press("Enter")
    expect(demo_page.locator(".start-name")).to_have_text(["Price drop"])
    picture = demo_page.frame_locator(".start-picture iframe")
    expect(picture.get_by_text("The price has come down")).to_be_visible()
    assert axe(demo_page) == []

    start = demo_page.get_by_role("button", name="Start from this template Price drop")
    demo_page.get_by_role("link", name="Price drop").focus()
    demo_page.keyboard.press("Tab")
    expect(start).to_be_focused()
    demo_page.keyboard.press("Enter")

    subject = demo_page.get_by_label("Subject", exact=True)
    expect(subject).to_have_value(re.compile("now costs less"))


def test_a_template_is_saved_compared_and_brought_back(demo_page, axe):
    demo_page.goto("/templates/")
    demo_page.get_by_role("link", name="Plain letter").click()
    assert axe(demo_page) == []
    demo_page.get_by_role("button", name="Duplicate").click()
    demo_page.get_by_role("button", name="Start a mailing").click()
    demo_page.get_by_label("Subject", exact=True).fill("A second version")
    saved = demo_page.locator("[data-save-state]")
    expect(saved).to_have_text(re.compile("^Saved"))
    demo_page.get_by_label("More", exact=True).click()
    demo_page.get_by_role("button", name="Save as template").click()
    demo_page.get_by_role("checkbox", name=re.compile("next version")).check()
    with demo_page.expect_navigation():
        demo_page.get_by_role("button", name="Save", exact=True).click()

    demo_page.goto("/templates/?kind=saved")
    demo_page.get_by_role("link", name="Copy of Plain letter").click()
    expect(demo_page.get_by_text("A second version").first).to_be_visible()
    demo_page.get_by_role("link", name="What changed").first.click()
    expect(demo_page.locator("ins").first).to_contain_text("A second version")
    demo_page.go_back()
    demo_page.get_by_role("button", name="Bring back").click()
    expect(demo_page.get_by_text("version 1 again")).to_be_visible()


def test_brand_kit_warns_and_shows_what_is_not_saved(demo_page, axe):
    demo_page.goto("/settings/brand/")
    colour = demo_page.locator("[name=accent]")
    colour.fill("#ffd400")

    expect(demo_page.get_by_text("The button is hard to see.")).to_be_visible()
    mail = demo_page.frame_locator("[data-brand-preview] iframe")
    hero = mail.get_by_text("Good to see you again")
    expect(hero).to_have_css("color", "rgb(20, 17, 0)")  # no longer white
    assert axe(demo_page) == []
    colour.fill("#0b6e69")
    expect(hero).to_have_css("color", "rgb(255, 255, 255)")
