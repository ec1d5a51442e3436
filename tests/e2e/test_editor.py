"""The editor of MJML bodies in a real browser: by mouse, by keyboard, to the send."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e


def start(page: Page, button: str | re.Pattern[str]) -> None:
    page.goto("/mailings/new/")
    page.get_by_role("button", name=button).first.click()
    drawn(page)


def drawn(page: Page) -> None:
    ready = page.locator("[data-editor][data-ready]:not([data-drawing])")
    expect(ready).to_be_attached()


def start_from_scratch(page: Page) -> None:
    start(page, "Start with an empty mail")


def mail(page: Page):
    return page.frame_locator("[data-canvas]")


def source(page: Page) -> str:
    return page.locator("#id_body").input_value()


def outline(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Blocks of the mail")


def expect_blocks(page: Page, *labels: str) -> None:
    """What the words' column of the empty mail holds, in order."""
    rows = outline(page).get_by_role("option")
    wanted = re.compile(r"^\s*" + r"\s*".join(map(re.escape, labels)) + r"\s*Section")
    expect(outline(page)).to_have_text(
        re.compile(r"Column\s*" + wanted.pattern.removeprefix("^")), use_inner_text=True
    )
    assert rows.count() > len(labels)


def saved(page: Page) -> None:
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"))


def drag(page: Page, what: Locator, onto: Locator) -> None:
    """As a hand does it. The browser's own events: the frame runs no scripts."""
    drawn(page)
    what.scroll_into_view_if_needed()
    begin, end = what.bounding_box(), onto.bounding_box()
    hand = page.context.new_cdp_session(page)

    def move(kind: str, x: float, y: float, buttons: int) -> None:
        event = {"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons}
        hand.send("Input.dispatchMouseEvent", event | {"clickCount": 1})

    x, y = begin["x"] + 15, begin["y"] + 8
    move("mouseMoved", x, y, 0)
    move("mousePressed", x, y, 1)
    move("mouseMoved", x + 8, y - 8, 1)
    move("mouseMoved", end["x"] + 20, end["y"] + 3, 1)
    move("mouseReleased", end["x"] + 20, end["y"] + 3, 0)


def test_blocks_are_written_added_and_moved_by_mouse(demo_page, axe):
    page = demo_page
    start_from_scratch(page)

    mail(page).get_by_text("Write a heading").dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type("Back & better, ")
    page.get_by_role("button", name="Merge field").click()
    page.get_by_label("For people without it").fill("friend")
    page.get_by_role("button", name="Insert", exact=True).click()
    page.keyboard.type("!")
    mail(page).get_by_text("Write what you want to say.").click()

    heading = 'Back &amp; better, {{ lead.first_name | default: "friend" }}!</mj-text>'
    expect(page.locator("#id_body")).to_have_value(re.compile(re.escape(heading)))
    expect(mail(page).get_by_text("Back & better")).to_be_visible()
    drag(
        page,
        mail(page).get_by_text("Write what you want to say."),
        mail(page).get_by_text("Back & better"),
    )
    first = r"<mj-column>\s*<mj-text>Write what"
    expect(page.locator("#id_body")).to_have_value(re.compile(first))
    drag(
        page,
        page.get_by_role("button", name="Divider"),
        mail(page).get_by_text("Have a look"),
    )
    expect(page.locator("#id_body")).to_have_value(
        re.compile(r"friend.*</mj-text>\s*<mj-divider[^>]*>\s*<mj-button", re.DOTALL)
    )
    saved(page)
    written = source(page)
    assert axe(page) == []
    page.reload()
    drawn(page)
    assert source(page) == written


def test_blocks_are_edited_by_keyboard_alone(demo_page):
    page = demo_page
    start_from_scratch(page)
    outline(page).focus()
    for _line in range(7):
        page.keyboard.press("ArrowDown")

    page.keyboard.press("Enter")
    expect(mail(page).locator("[contenteditable=true]")).to_be_focused()
    page.keyboard.type(" Soon.")
    page.keyboard.press("Escape")
    expect(outline(page)).to_be_focused()
    page.keyboard.press("Control+d")
    page.keyboard.press("Alt+ArrowUp")
    page.keyboard.press("Alt+ArrowUp")
    words = "Text: Write what you want to say. Soon."
    expect_blocks(page, words, "Text: Write a heading", words, "Button: Have a look")
    page.keyboard.press("Delete")
    expect_blocks(page, "Text: Write a heading", words, "Button: Have a look")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect_blocks(page, "Text: Write a heading", words, words, "Button: Have a look")
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Heading", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(mail(page).locator("[contenteditable=true]")).to_be_focused()
    page.keyboard.type("By keys")
    page.keyboard.press("Escape")
    expect(outline(page)).to_contain_text("Text: By keys")


def test_picture_is_uploaded_described_and_shown(demo_page, tmp_path):
    page = demo_page
    data = io.BytesIO()
    Image.new("RGB", (2000, 900), "#c65a1e").save(data, "JPEG")
    start_from_scratch(page)

    page.get_by_role("button", name="Image", exact=True).click()
    page.locator("#set-src-file").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}
    )
    expect(page.get_by_label("What the picture shows")).to_be_focused()
    page.keyboard.type("An orange field")

    shown = mail(page).get_by_alt_text("An orange field")
    expect(shown).to_be_visible()
    assert (
        shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1200
    )
    page.locator("#set-src-file").set_input_files(
        {"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    )
    expect(page.get_by_text("This is no picture that mails can show.")).to_be_visible()


def test_block_is_shown_to_some_people_only(demo_page):
    page = demo_page
    start_from_scratch(page)

    page.get_by_role("button", name="Only for some people").last.click()
    page.get_by_label("Only for some people").select_option(label="Lost reason")
    values = page.locator(".editor-values")
    values.get_by_label("Not enough stock").check()
    values.get_by_label("Too expensive").check()

    condition = (
        '{% if lead.lost_reason == "Not enough stock" '
        'or lead.lost_reason == "Too expensive" %}'
    )
    expect(page.locator("#id_body")).to_have_value(re.compile(re.escape(condition)))
    saved(page)
    page.reload()
    drawn(page)
    words = "Only if Lost reason is Not enough stock or Too expensive"
    outline(page).get_by_text(words).click()
    expect(values.get_by_label("Too expensive")).to_be_checked()


def test_two_people_in_the_editor_are_told_of_each_other(demo_page):
    page = demo_page
    start_from_scratch(page)
    other = page.context.new_page()
    other.goto(page.url)
    drawn(other)
    other.get_by_role("button", name="Divider").click()
    saved(other)
    other.close()

    page.get_by_role("button", name="Spacer").click()

    expect(page.locator("[data-conflict]")).to_be_visible()
    assert "mj-divider" not in source(page)


def test_mail_that_is_brought_is_made_safe_and_stays_as_it_was(demo_page):
    page = demo_page
    foreign = (
        '<mjml><mj-body><mj-section data-own="1"><mj-column>\n<mj-text>Hi</mj-text>'
        "<mj-accordion><mj-accordion-element/></mj-accordion>%s"
        "</mj-column></mj-section></mj-body></mjml>"
    )
    page.goto("/mailings/new/")
    page.get_by_role("link", name="Bring a mail").click()
    page.get_by_label("HTML or MJML").fill(foreign % "<script>alert(1)</script>")
    page.get_by_role("button", name="Start with it").click()

    expect(page.get_by_text("<script>: 1")).to_be_visible()
    drawn(page)
    assert source(page) == foreign % ""
    outline(page).get_by_text("Text: Hi").click()
    page.get_by_label("Text colour").last.fill("#aa0000")
    expected = foreign.replace("<mj-text>", '<mj-text color="#aa0000">') % ""
    expect(page.locator("#id_body")).to_have_value(expected)


def test_html_that_is_pasted_keeps_its_own_editor(demo_page, axe):
    page = demo_page
    page.goto("/mailings/bring/")
    page.get_by_label("HTML or MJML").fill('<p onclick="x()">Hi {{ lead.city }}</p>')
    page.get_by_role("button", name="Start with it").click()

    expect(page.get_by_text("1 event handler")).to_be_visible()
    field = page.get_by_label("Text", exact=True)
    expect(field).to_have_value(re.compile("<p>Hi {{ lead.city }}</p>"))
    assert page.locator("[data-editor]").count() == 0
    assert axe(page) == []


@pytest.fixture
def speak(demo_page) -> Iterator[Callable[[str], None]]:
    """A function: the reader's screens in a language. English again afterwards."""

    def choose(language: str) -> None:
        demo_page.goto("/settings/profile/")
        demo_page.select_option("[name=language]", language)
        demo_page.click("form[data-unsaved] [type=submit]")
        expect(demo_page.locator("html")).to_have_attribute("lang", language)

    yield choose
    choose("en")


@pytest.mark.parametrize("language", ["uk", "fa"])
def test_editor_speaks_the_readers_language(demo_page, speak, axe, language):
    page = demo_page
    speak(language)
    page.goto("/mailings/new/")
    page.locator("form:has([value=mjml]) [type=submit]").click()
    drawn(page)

    page.locator("[data-add=image]").click()
    shown = page.locator(".editor-side section").all_inner_texts()[:2]
    # The mail itself is in the installation's language.
    assert re.findall(r"[A-Za-z]{3,}", " ".join(shown)) == []
    assert axe(page) == []


def test_mail_from_a_template_is_previewed_tested_and_sent(demo_page):
    page = demo_page
    start(page, "Start from this template")
    page.get_by_role("button", name="Footer").click()
    saved(page)

    page.get_by_role("link", name="Preview").click()
    for number in range(1, 4):
        expect(page.locator(".preview-person")).to_contain_text(f"{number} of")
        page.get_by_role("link", name="Next person").click()
    page.get_by_role("link", name="Back to the mailing").click()
    drawn(page)
    page.get_by_role("button", name="Test", exact=True).click()
    dialog = page.locator("#test-dialog")
    dialog.get_by_role("textbox").first.fill("me@loomlumen.example")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.get_by_role("listitem")).to_contain_text("me@loomlumen.example Sent")
    page.reload()
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("#send-check").get_by_role("button", name="Send").click()
    expect(page.locator("[data-undo]")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    drawn(page)
