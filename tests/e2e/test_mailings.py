"""Writing, checking, sending and taking back in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def new_plain_text(page) -> None:
    page.goto("/mailings/")
    page.get_by_role("link", name="New", exact=True).click()
    page.get_by_role("button", name="Start with plain text").click()
    page.get_by_label("Subject", exact=True).fill("The lamp is back")
    page.get_by_label("Text", exact=True).fill("Hello {{ lead.first_name }}, look!")
    saved(page)


def saved(page) -> None:
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"))


def test_mailing_pages_are_usable_by_everybody(demo_page, axe):
    for address in ("/mailings/", "/mailings/?view=board", "/mailings/?view=calendar"):
        demo_page.goto(address)
        assert axe(demo_page) == []
    demo_page.goto("/mailings/new/")
    assert axe(demo_page) == []
    new_plain_text(demo_page)
    assert axe(demo_page) == []
    demo_page.get_by_role("link", name="Preview").click()
    demo_page.wait_for_url("**/preview/")
    assert axe(demo_page) == []


def test_mailing_saves_itself_and_is_called_by_its_subject(demo_page):
    new_plain_text(demo_page)

    expect(demo_page.get_by_role("heading", level=1)).to_have_text("The lamp is back")
    demo_page.reload()
    expect(demo_page.get_by_label("Subject", exact=True)).to_have_value(
        "The lamp is back"
    )


def test_two_people_who_edit_are_told_of_each_other(demo_page):
    new_plain_text(demo_page)
    other = demo_page.context.new_page()
    other.goto(demo_page.url)
    other.get_by_label("Preheader", exact=True).fill("Theirs")
    saved(other)
    other.close()

    demo_page.get_by_label("Preheader", exact=True).fill("Mine")

    expect(demo_page.locator("[data-conflict]")).to_be_visible()
    demo_page.get_by_role("button", name="Save mine over it").click()
    expect(demo_page.locator("[data-conflict]")).to_be_hidden()
    demo_page.reload()
    expect(demo_page.get_by_label("Preheader", exact=True)).to_have_value("Mine")


def test_a_wrong_address_is_marked_and_not_saved(demo_page):
    new_plain_text(demo_page)

    field = demo_page.get_by_label("From address")
    field.fill("nobody")

    expect(demo_page.locator("[data-save-state]")).to_have_text(
        re.compile("^Not saved")
    )
    expect(demo_page.get_by_text("This is not an email address.")).to_be_visible()
    demo_page.once("dialog", lambda dialog: dialog.accept())


def test_send_asks_once_more_and_can_be_taken_back(demo_page):
    new_plain_text(demo_page)
    demo_page.get_by_label("From address").fill("sales@loomlumen.example")
    saved(demo_page)

    demo_page.get_by_role("button", name="Send", exact=True).click()
    expect(demo_page.locator("[data-question]")).to_contain_text("now?")
    demo_page.locator("#send-check").get_by_role("button", name="Send").click()
    expect(demo_page.locator("[data-undo]")).to_be_visible()
    demo_page.get_by_role("button", name="Undo").click()

    expect(demo_page.locator("form[data-autosave]")).to_be_visible()


def test_preview_shows_the_mail_of_one_person_after_the_other(demo_page):
    new_plain_text(demo_page)
    demo_page.get_by_role("link", name="Preview").click()
    frame = demo_page.frame_locator(".preview-frame")
    first = frame.locator("p").first.inner_text()

    demo_page.get_by_role("link", name="Plain text").click()
    expect(frame.locator("pre")).to_contain_text(first.split("{")[0][:6])
    demo_page.get_by_role("link", name="Next person").click()

    expect(demo_page.locator(".preview-person")).to_contain_text("2 of")


def test_preview_goes_by_keys_and_by_name_without_a_foreign_request(demo_page):
    asked = []
    demo_page.on("request", lambda request: asked.append(request.url))
    demo_page.goto("/mailings/bring/")
    demo_page.get_by_label("HTML or MJML").fill(
        '<p>Hello {{ lead.contact_name }}</p><img alt="Lamp" src="https://shop.test/a.png">'
    )
    demo_page.get_by_role("button", name="Start with it").click()
    demo_page.get_by_label("Subject", exact=True).fill("The lamp is back")
    saved(demo_page)
    demo_page.get_by_role("link", name="Preview").click()
    person, frame = (
        demo_page.locator(".preview-name b"),
        demo_page.frame_locator(".preview-frame"),
    )
    first = person.inner_text()

    demo_page.keyboard.press("ArrowRight")
    expect(person).not_to_have_text(first)
    expect(frame.locator("p").first).to_have_text(f"Hello {person.inner_text()}")
    demo_page.get_by_label("Find a person of the audience").fill(first)
    demo_page.get_by_label("Find a person of the audience").press("ArrowDown")
    expect(demo_page.locator("#preview-found a").first).to_contain_text(first)
    demo_page.locator("#preview-found a").first.click()
    expect(person).to_have_text(first)
    demo_page.get_by_text("Hard cases").click()
    demo_page.get_by_role("link", name="Longest name").click()
    expect(person).not_to_have_text(first)
    assert [url for url in asked if "shop.test" in url] == []

    demo_page.get_by_role("link", name="Load pictures").click()
    expect(demo_page.get_by_role("link", name="Load pictures")).to_be_hidden()
    expect(frame.locator("img[src='https://shop.test/a.png']")).to_be_attached()
    assert [url for url in asked if "shop.test" in url] != []


def test_check_is_summed_up_and_run_again_after_a_cure(demo_page):
    new_plain_text(demo_page)
    demo_page.get_by_label("Subject", exact=True).fill("")
    saved(demo_page)

    demo_page.get_by_role("button", name="Send", exact=True).click()
    expect(demo_page.locator("#check-summary")).to_contain_text("1 thing blocks")
    expect(demo_page.get_by_text("SPF, DKIM and DMARC: not checked")).to_be_visible()
    demo_page.locator("[data-cure=id_subject]").first.click()
    expect(demo_page.get_by_label("Subject", exact=True)).to_be_focused()
    demo_page.keyboard.type("The lamp is back")
    saved(demo_page)
    demo_page.get_by_role("button", name="Send", exact=True).click()

    expect(demo_page.locator("#check-summary")).to_contain_text("Nothing blocks")


def test_a_test_goes_to_two_addresses(demo_page):
    new_plain_text(demo_page)
    demo_page.get_by_label("From address").fill("sales@loomlumen.example")
    saved(demo_page)

    demo_page.get_by_role("button", name="Test", exact=True).click()
    demo_page.get_by_label("To which addresses?").fill("a@winback.test, b@winback.test")
    demo_page.get_by_role("button", name="Send the test").click()

    expect(demo_page.locator(".test-answers .is-good")).to_have_count(2)
