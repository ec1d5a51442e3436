"""The editor under a finger, and the pictures that it keeps."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.e2e


def start_from_scratch(page: Page) -> None:
    page.goto("/mailings/new/")
    page.locator("form:has([value=mjml]) [type=submit]").click()
    drawn(page)


def drawn(page: Page) -> None:
    ready = page.locator("[data-editor][data-ready]:not([data-drawing])")
    expect(ready).to_be_attached()


def mail(page: Page):
    return page.frame_locator("[data-canvas]")


@pytest.fixture
def phone(demo_page: Page, browser: Browser, installation) -> Iterator[Page]:
    """The same visitor with a phone in hand."""
    context = browser.new_context(
        base_url=installation.url,
        locale="en-GB",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        storage_state=demo_page.context.storage_state(),
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def rest_and_drag(page: Page, what: Locator, onto: Locator) -> None:
    """A finger rests on a block until it is lifted, and takes it elsewhere."""
    # What the page counts above the editor comes later, and moves it.
    page.wait_for_load_state("networkidle")
    what.tap(trial=True)
    begin = what.bounding_box()
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        given = [{"x": x, "y": y} for x, y in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})

    touch("touchStart", (begin["x"] + 30, begin["y"] + 8))
    expect(mail(page).locator(".wb-lifted")).to_be_attached()
    end = onto.bounding_box()
    for part in (0.3, 0.6, 0.9, 1):
        way = part * (end["y"] + 4 - begin["y"] - 8)
        touch("touchMove", (begin["x"] + 30, begin["y"] + 8 + way))
    expect(mail(page).locator(".wb-line")).to_be_attached()
    touch("touchEnd")


def test_blocks_are_moved_and_written_by_finger(phone):
    page = phone
    start_from_scratch(page)
    words = mail(page).get_by_text("Write what you want to say.")
    body = page.locator("#id_body")

    rest_and_drag(page, words, mail(page).get_by_text("Write a heading"))
    expect(body).to_have_value(re.compile(r"<mj-column>\s*<mj-text>Write what"))
    drawn(page)
    down = page.get_by_role("button", name="Move down")
    box = down.bounding_box()
    assert min(box["width"], box["height"]) >= 44
    assert box["y"] + box["height"] <= 844
    down.tap()
    expect(body).to_have_value(re.compile(r"heading</mj-text>\s*<mj-text>Write what"))
    drawn(page)
    words.tap()
    expect(mail(page).locator("[contenteditable=true]")).to_be_focused()
    page.keyboard.type(" Soon.")
    page.get_by_role("button", name="End editing").tap()
    expect(body).to_have_value(re.compile("to say. Soon.</mj-text"))


def test_an_earlier_picture_is_found_and_put_in_with_what_was_said_of_it(
    demo_page, axe
):
    page = demo_page
    data = io.BytesIO()
    Image.new("RGB", (300, 150), "#0b6e69").save(data, "PNG")
    start_from_scratch(page)
    page.get_by_role("button", name="Image", exact=True).click()
    page.locator("#set-src-file").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": data.getvalue()}
    )
    expect(page.locator("#set-alt")).to_be_focused()
    page.keyboard.type("A green lamp")
    with page.expect_response(re.compile("/editor/pictures/")):
        page.keyboard.press("Tab")
    drawn(page)

    page.get_by_role("button", name="Image", exact=True).click()
    page.get_by_role("button", name="Earlier pictures").click()
    dialog = page.get_by_role("dialog", name="Earlier pictures")
    dialog.get_by_role("searchbox").fill("green LAMP")
    choice = dialog.get_by_role("button", name=re.compile("A green lamp"))
    expect(dialog.locator("[data-picture]")).to_have_count(1)
    assert axe(page) == []
    choice.click()

    expect(page.locator("#set-alt")).to_have_value("A green lamp")
    drawn(page)
    expect(mail(page).get_by_alt_text("A green lamp")).to_have_count(2)
    page.goto("/pictures/")
    card = page.locator(".picture-card").filter(has_text="A green lamp")
    expect(card).to_contain_text("Used in 1 place")
    assert axe(page) == []


# As Word puts it on the clipboard, shortened.
FROM_WORD = (
    "<html><head><style>p{color:red}</style></head><body><!--StartFragment-->"
    "<p class=MsoNormal><b>Dear <span style='font-size:22pt'>Olena</span></b>,"
    "<o:p></o:p></p><p>Our <a href='https://shop.example/?a=1&amp;b=2'>lamps</a> "
    "😀</p><p><span style='mso-list:Ignore'>· </span>One "
    "<a href='javascript:alert(1)'>more</a><script>alert(2)</script></p></body></html>"
)
PASTE = """html => {
  const page = document.querySelector("[data-canvas]").contentDocument;
  const copied = new DataTransfer();
  copied.setData("text/html", html);
  copied.setData("text/plain", "plain");
  page.querySelector("[contenteditable=true]").dispatchEvent(new ClipboardEvent(
    "paste", {clipboardData: copied, bubbles: true, cancelable: true}));
}"""


def test_pasted_words_outlive_the_end_of_the_login(demo_page, installation):
    page = demo_page
    start_from_scratch(page)
    state = page.locator("[data-save-state]")
    expect(state).to_have_text(re.compile("^Saved"))
    page.context.clear_cookies()
    mail(page).get_by_text("Write what you want to say.").dblclick()
    page.keyboard.press("Control+A")

    page.evaluate(PASTE, FROM_WORD)

    pasted = (
        '<mj-text><b>Dear Olena</b>,<br />Our <a href="https://shop.example/?a=1&amp;b=2">'
        "lamps</a> 😀<br />One more</mj-text>"
    )
    expect(page.locator("#id_body")).to_have_value(re.compile(re.escape(pasted)))
    expect(state).to_have_text(re.compile("you are logged out"))
    other = page.context.new_page()
    other.goto("/")
    other.get_by_label("Email").fill(installation.login)
    other.get_by_label("Password", exact=True).fill(installation.password)
    other.get_by_role("button", name="Log in").click()
    other.locator(".frame-nav nav").wait_for(state="attached")
    other.close()
    expect(state).to_have_text(re.compile("^Saved"))
    page.reload()
    drawn(page)
    expect(page.locator("#id_body")).to_have_value(re.compile(re.escape(pasted)))
