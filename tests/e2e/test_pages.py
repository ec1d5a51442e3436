"""Every main page, and what opens on it, is accessible in light and in dark."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.accessibility import problems_in_both, too_wide
from tests.e2e.conftest import PERSONS_BROWSER, ROOT

pytestmark = pytest.mark.e2e
SENT_WITHIN_SECONDS = 60
# Beyond what the menus name; "first" is the first row of the list.
PAGES = [
    "/leads/?status=lost&group=reason",
    "/leads/?status=lost&lost_from=1/2/2026",
    "/leads/?q=nobody-is-called-this",
    "/leads/new/",
    "/imports/",
    "/imports/new/",
    "/mailings/?view=board",
    "/mailings/?view=calendar",
    "/mailings/?q=nothing-is-called-this",
    "/mailings/new/",
    "/mailings/bring/",
    "/audience/?recipe=back_in_stock",
    "/results/figures/",
    "/results/sleeping/",
    "/settings/topics/new/",
    "/settings/people/new/",
    "/settings/stages/new/",
    "/settings/lost-reasons/new/",
    "/this/is/not/here/",
    "/u/no-such-link/",
]
# A page's address, the selector to press, what must then be in sight.
OPENED = [
    ("/", "?", "#keys-dialog"),
    ("/leads/", "[data-select] >> nth=0", "[data-selection-bar]"),
    ("/leads/?lost_from=2026-01-31", ".day-open >> nth=2", ".day-dialog"),
    ("/pipeline/", "[data-open-dialog=move-dialog] >> nth=0", "#move-dialog"),
    ("/audience/", "[data-open-dialog=rule-load]", "#rule-load"),
    ("/audience/", "[data-open-dialog=rule-save]", "#rule-save"),
    ("/audience/", "[data-open-dialog=rule-notation]", "#rule-notation"),
    ("{draft}", "[data-open-dialog=send-dialog]", ".check-verdict"),
    ("{draft}", "[data-open-dialog=schedule-dialog]", "#schedule-dialog"),
    ("{draft}", "[data-open-dialog=test-dialog]", "#test-dialog"),
    ("{draft}", "#tab-settings", "#panel-settings"),
    ("{draft}", "details.menu summary >> nth=0", "details.menu[open] .menu-body"),
    ("{draft}", "details.menu summary >> nth=1", ".language-menu"),
    (
        "{draft}",
        "details.menu form[data-confirm] button >> nth=0",
        "#confirm-dialog",
    ),
]


@pytest.fixture(scope="module")
def mailings(installation, tmp_path_factory) -> dict[str, str]:
    """The addresses of a draft and of a mailing that one person got."""
    rules = tmp_path_factory.mktemp("rules") / "one.json"
    one = {"field": "email", "op": "=", "value": "zoe.besson@example.com"}
    whole = [one, {"field": "status", "op": "set"}]
    rules.write_text(json.dumps({"match": "all", "rules": whole}))
    made = ["create", "--template", "welcome_back", "--rules", str(rules), "--json"]
    draft, sent = (_command(installation, *made)["id"] for _ in range(2))
    _command(installation, "send", str(sent), "--json")
    deadline = time.monotonic() + SENT_WITHIN_SECONDS
    while _command(installation, "status", str(sent), "--json")["state"] != "sent":
        assert time.monotonic() < deadline, "the mailing was not sent"
        time.sleep(0.5)
    return {"draft": f"/mailings/{draft}/", "sent": f"/mailings/{sent}/"}


def _command(installation, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "winback", "mailing", *arguments],
        cwd=ROOT,
        env=installation.environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_every_page_is_accessible(demo_page, mailings):
    found = {}
    for path in _addresses(demo_page, mailings):
        _visit(demo_page, path)
        if problems := _problems(demo_page):
            found[path] = problems
    assert found == {}


def test_everything_that_opens_is_accessible(demo_page, mailings):
    found = {}
    for path, opener, shown in OPENED:
        _visit(demo_page, path.format(**mailings))
        _open(demo_page, opener)
        demo_page.locator(shown).wait_for()
        if problems := _problems(demo_page):
            found[path, opener] = problems
    assert found == {}


def test_people_choose_without_a_script_on_a_phone(
    demo_page, browser, installation, mailings
):
    demo_page.set_viewport_size({"width": 390, "height": 844})
    link = _unsubscribe_link(demo_page)
    demo_page.goto(link)
    assert _problems(demo_page) == []
    demo_page.locator("details summary").first.click()
    assert _problems(demo_page) == []
    context = browser.new_context(
        java_script_enabled=False, locale="en-GB", user_agent=PERSONS_BROWSER
    )
    person = context.new_page()
    person.goto(link)

    person.get_by_label("At most one a month").check()
    person.get_by_role("button", name="Keep this choice").click()
    _press_once_more(person, "Yes, keep this choice")
    expect(person.get_by_role("heading", level=1)).to_have_text("Your choice is kept")
    expect(person.get_by_label("At most one a month")).to_be_checked()
    person.get_by_role("button", name="Pause for 3 months").click()
    _press_once_more(person, "Yes, pause for 3 months")
    expect(person.get_by_role("heading", level=1)).to_have_text("A pause it is")
    demo_page.goto(link)
    assert _problems(demo_page) == []
    person.get_by_role("button", name="Undo").click()
    _press_once_more(person, "Yes, I want these mails")

    heading = person.get_by_role("heading", level=1)
    expect(heading).to_have_text("You get our mails again")
    expect(person.get_by_label("At most one a month")).to_be_checked()
    context.close()


def _press_once_more(person: Page, button: str) -> None:
    """As anybody without a script is asked to; who takes less than a second is not."""
    heading = person.get_by_role("heading", level=1)
    expect(heading).to_have_text("One more press, please")
    person.wait_for_timeout(1100)
    person.get_by_role("button", name=button).click()


def test_with_a_script_one_press_unsubscribes_and_one_undoes_it(demo_page):
    link = _unsubscribe_link(demo_page)
    heading = demo_page.get_by_role("heading", level=1)
    demo_page.goto(link)
    demo_page.get_by_role("button", name="Unsubscribe", exact=True).click()
    expect(heading).to_have_text("You are unsubscribed")
    undo = demo_page.get_by_role("button", name="Undo")
    undo.focus()
    demo_page.keyboard.press("Enter")
    expect(heading).to_have_text("You get our mails again")
    # A script that presses by itself is no hand.
    demo_page.goto(link)
    demo_page.evaluate("document.querySelector('button.btn-primary').click()")
    expect(heading).to_have_text("One more press, please")


def _unsubscribe_link(page: Page) -> str:
    """Of the newest mail in the demo mailbox, as its source has it."""
    source = _first(page, "/mailbox/", "tbody a") + "source/"
    raw = page.request.get(source).text()
    found = re.search(r"List-Unsubscribe: <(https?://[^>]+)>", raw.replace("\r\n ", ""))
    assert found
    return found[1]


def _visit(page: Page, path: str) -> None:
    """Open a page and wait for what it loads by itself."""
    page.goto(path)
    expect(page.locator("main .skeleton:not(dialog *)")).to_have_count(0)


def _open(page: Page, opener: str) -> None:
    if len(opener) == 1:
        page.keyboard.press(opener)
        return
    if opener.startswith("details.menu form"):
        page.locator("details.menu summary").first.click()
    if opener.startswith(".day-open"):
        page.locator(".filter-more").evaluate("element => element.open = true")
    page.locator(opener).first.click()


def _problems(page: Page) -> list[str]:
    return problems_in_both(page) + too_wide(page)


def _addresses(page: Page, mailings: dict[str, str]) -> list[str]:
    """The pages of the menus, those of PAGES, and the first of each list."""
    menus = []
    for path in ("/", "/settings/profile/"):
        page.goto(path)
        menus += _links(page, "nav a[href], .frame-foot a[href]")
    sent = mailings["sent"]
    rows = [
        _first(page, "/leads/?status=lost", "a[data-lead]"),
        _first(page, "/mailbox/", "tbody a"),
        _first(page, "/settings/people/", "tbody a"),
        _first(page, "/settings/stages/", "tbody a"),
    ]
    of_mailings = [
        mailings["draft"],
        f"{mailings['draft']}preview/",
        f"{mailings['draft']}preview/?mode=dark",
        sent,
        f"{sent}results/sent/",
        f"{sent}results/clicked/",
        f"{sent}results/left_out/",
        f"{sent}results/unsubscribed/",
    ]
    found = [*menus, *PAGES, *rows, *of_mailings]
    assert len(set(menus)) > 15
    return list(dict.fromkeys(found))


def _links(page: Page, selector: str) -> list[str]:
    urls = page.locator(selector).evaluate_all("links => links.map(a => a.href)")
    return [urlsplit(url).path for url in urls]


def _first(page: Page, listing: str, link: str) -> str:
    page.goto(listing)
    return urlsplit(page.locator(link).first.evaluate("a => a.href")).path
