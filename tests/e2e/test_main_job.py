"""The whole way of a newcomer: recipe, mail, reaction, smart buttons."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.rule_steps import build_recipe

pytestmark = pytest.mark.e2e
UNDO_AND_START_MS = 90_000
SUBJECT = "Good news: it is back in stock"


def start_mailing(page: Page) -> None:
    page.goto("/mailings/")
    page.get_by_role("link", name=re.compile("^New")).first.click()
    page.get_by_role("button", name="Start with plain text").click()
    page.get_by_label("Subject").fill(SUBJECT)
    page.get_by_label("Text", exact=True).fill(
        "Hello {{ lead.first_name | default: 'there' }},\n\n"
        "what you asked for is back: https://shop.loomlumen.example/back-in-stock\n"
    )
    build_recipe(page.locator("[data-rules-area]"))
    panel = page.get_by_role("region", name="Who matches")
    expect(panel).to_have_attribute("data-state", "ready")


def smart_button(page: Page, label: str) -> Locator:
    cards = page.locator("#smart-buttons .smart-button")
    return cards.filter(has=page.get_by_text(label, exact=True))


def expect_figure(page: Page, label: str, count: int) -> None:
    """The count on a smart button; figures may take a few seconds to arrive."""
    shown = smart_button(page, label).locator(".smart-figure")
    expect(shown).to_have_text(re.compile(rf"(^|\s){count}(\s|$)"), timeout=30_000)


def number_sent(page: Page) -> int:
    text = smart_button(page, "Sent").locator(".smart-figure").inner_text()
    return int(re.sub(r"\D", "", text))


def test_newcomer_wins_a_lead_back(demo_page):
    page = demo_page
    start_mailing(page)
    page.get_by_role("button", name="Send", exact=True).click()
    dialog = page.locator("#send-dialog")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(smart_button(page, "Sent")).to_be_visible(timeout=UNDO_AND_START_MS)
    expect(page.locator(".page-head").get_by_text("Sent", exact=True)).to_be_visible(
        timeout=UNDO_AND_START_MS
    )
    mailing = page.url
    page.reload()
    sent = number_sent(page)
    assert sent > 100

    answer_one_mail_and_bounce_another(page)

    page.goto(mailing)
    for label, count in (
        ("Sent", sent),
        ("Received", sent - 1),
        ("Opened", 1),
        ("Clicked", 1),
        ("Replied", 1),
        ("Bounced", 1),
        ("Ignored", sent - 2),
        ("Leads/Opportunities", 1),
    ):
        expect_figure(page, label, count)
    smart_button(page, "Replied").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def answer_one_mail_and_bounce_another(page: Page) -> None:
    page.goto("/mailbox/")
    page.get_by_role("link", name=SUBJECT).nth(0).click()
    with page.expect_popup():
        page.frame_locator("#mail-frame").get_by_role("link").first.click()
    page.get_by_label("Your reply").fill("Yes, please send me an offer.")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("Your reply is on its way.")).to_be_visible()
    page.goto("/mailbox/")
    row = page.locator("tbody tr").nth(1)
    row.get_by_role("button", name="Let it bounce").click()
    expect(page.get_by_text("went back to its sender")).to_be_visible()
