"""Pictures of the main pages in every look, and what axe-core finds on them.

    python tools/screenshots.py http://127.0.0.1:8000 EMAIL PASSWORD FOLDER

``--only PAGE`` and ``--look LOOK`` (both more than once) take fewer of them.
Mailings in all their states are made by tools/states.py. Needs a running
Winback, Playwright and a Chromium (CHROMIUM names another program than
``chromium``). Prints one line for each fault: a page wider than its window, a
finding of axe-core, an error in the console. Exit 1 if any.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

AXE = Path(__file__).resolve().parents[1] / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "home": "/",
    "pipeline": "/pipeline/",
    "leads": "/leads/",
    "leads-lost": "/leads/?status=lost",
    "leads-grouped": "/leads/?group=reason&status=lost",
    "leads-empty": "/leads/?q=nobody-is-called-this",
    "lead": "/leads/first/",
    "lead-new": "/leads/new/",
    "imports": "/imports/",
    "import-new": "/imports/new/",
    "profile": "/settings/profile/",
    "sending": "/settings/sending/",
    "notices": "/notices/",
    "people": "/settings/people/",
    "person-new": "/settings/people/new/",
    "stages": "/settings/stages/",
    "reasons": "/settings/lost-reasons/",
    "teams": "/settings/teams/",
    "tags": "/settings/tags/",
    "mailings": "/mailings/",
    "mailings-board": "/mailings/?view=board",
    "mailings-calendar": "/mailings/?view=calendar",
    "mailings-none": "/mailings/?q=nothing-is-called-this",
    "mailing-new": "/mailings/new/",
    "mailing": "/mailings/first/",
    "mailing-preview": "/mailings/first/preview/",
    "people-sent": "/mailings/first/results/sent/",
    "people-ignored": "/mailings/first/results/ignored/",
    "people-left-out": "/mailings/first/results/left_out/",
    "people-none": "/mailings/first/results/sent/?q=nobody-is-called-this",
    "links": "/mailings/first/links/",
    "results": "/results/",
    "results-figures": "/results/figures/",
    "people-unsubscribed": "/mailings/first:sent/results/unsubscribed/",
    "sleeping": "/results/sleeping/",
    "topics": "/settings/topics/",
    "topic-new": "/settings/topics/new/",
    "templates": "/templates/",
    "templates-none": "/templates/?q=nothing-is-called-this",
    "template": "/templates/first/",
    "pictures": "/pictures/",
    "template-saved": "/templates/first:saved/",
    "template-changes": "/templates/first:saved/versions/1/",
    "brand": "/settings/brand/",
    "filters": "/filters/",
    "audience": "/audience/",
    "blacklist": "/blacklist/",
    "blacklist-none": "/blacklist/?q=nobody-is-called-this",
    "inbox": "/inbox/",
    "message": "/inbox/first/",
    "mailbox": "/mailbox/",
    "mail": "/mailbox/first/",
    "mailbox-none": "/mailbox/?q=nobody-is-called-this",
    "link-expired": "/u/no-such-link/",
    "view-expired": "/v/no-such-link/",
    "missing": "/this/is/not/here/",
    # Made by tools/states.py: the first or second mailing of a state in the list.
    "state-draft": "/mailings/first:draft/",
    "state-empty": "/mailings/second:draft/",
    "state-undo": "/mailings/first:scheduled/",
    "state-scheduled": "/mailings/second:scheduled/",
    "state-sending": "/mailings/first:sending/",
    "state-waiting": "/mailings/second:sending/",
    "state-paused": "/mailings/first:paused/",
    "state-stopped": "/mailings/first:stopped/",
    "state-cancelled": "/mailings/first:cancelled/",
    "state-sent": "/mailings/first:sent/",
    "people-failed": "/mailings/first:sent/results/failed/",
    "people-uncertain": "/mailings/first:sent/results/uncertain/",
    "preview-empty": "/mailings/second:draft/preview/",
    "lead-long": "/leads/first:open/",
    "installation": "/settings/installation/",
    "products": "/settings/products/",
    "stage-new": "/settings/stages/new/",
    "stage": "/settings/stages/first/",
    "reason-new": "/settings/lost-reasons/new/",
    "topic": "/settings/topics/first/",
    "person": "/settings/people/first/",
    "import-columns": "/imports/second/",
    "import-done": "/imports/first/",
    "mailing-bring": "/mailings/bring/",
    "audience-recipe": "/audience/?recipe=back_in_stock",
    "audience-people": "/audience/ /audience/people/",
    "mail-text": "/mailbox/first/?part=text",
    "mail-headers": "/mailbox/first/?part=headers",
    "mailbox-shop": "/mailbox/shop",
    "unsubscribe": "/mailbox/first/html/ /u/",  # then the link that has this in it
    "unsubscribe-fa": "/mailbox/second/html/ /u/",
    "unsubscribe-uk": "/mailbox/third/html/ /u/",
    "view-online": "/mailbox/first/html/ /v/",
    "view-online-fa": "/mailbox/second/html/ /v/",
}
# Pages of which something is opened before the picture is taken.
OPENED = {
    "open-menu": ("/", ".frame-toggle"),
    "open-keys": ("/", "?"),
    "open-day": ("/leads/?status=lost&lost_from=2026-01-31", ".day-open >> nth=2"),
    "open-bulk": ("/leads/", "[data-select] >> nth=0"),
    "open-move": ("/pipeline/", "[data-open-dialog=move-dialog] >> nth=0"),
    "open-load": ("/audience/", "[data-open-dialog=rule-load]"),
    "open-notation": (
        "/audience/?recipe=back_in_stock",
        "[data-open-dialog=rule-notation]",
    ),
    "open-send": ("/mailings/first:draft/", "[data-open-dialog=send-dialog]"),
    "open-schedule": ("/mailings/first:draft/", "[data-open-dialog=schedule-dialog]"),
    "open-test": ("/mailings/first:draft/", "[data-open-dialog=test-dialog]"),
    "open-more": ("/mailings/first:draft/", "details.menu summary"),
    "open-settings": ("/mailings/first:draft/", "#tab-settings"),
    "open-save": ("/audience/?recipe=back_in_stock", "[data-open-dialog=rule-save]"),
    "open-lost": ("/leads/first:open/", "[data-open-dialog=lost-dialog]"),
    "open-take-in": ("/inbox/", "[data-open-dialog=take-in-dialog]"),
    "open-rename": ("/templates/first:saved/", "[data-open-dialog=rename-dialog]"),
    "open-template": ("/mailings/first:draft/", "[data-open-dialog=template-dialog]"),
    "open-languages": ("/mailings/first:draft/", "details.menu summary >> nth=1"),
    "open-filters": ("/leads/?status=lost", ".filter-more summary"),
    "open-cancel": ("/mailings/first:sending/", "form[data-confirm] [type=submit]"),
}
PAGES |= {name: path for name, (path, _opener) in OPENED.items()}
# Below these addresses "first" means what the page's first link of a row opens;
# "first:paused" and "second:paused" ask the list for a state or a status first.
FIRST = {
    "/leads/": ("/leads/?status={}", "lost", "a[data-lead]"),
    "/mailings/": ("/mailings/?state={}", "sent", ".mailing-name a"),
    "/templates/": ("/templates/?kind={}", "ours", "a.start-name"),
    "/inbox/": ("/inbox/", "", "tbody a"),
    "/mailbox/": ("/mailbox/", "", "tbody a"),
    "/imports/": ("/imports/", "", "tbody a"),
    "/settings/people/": ("/settings/people/", "", "tbody a"),
    "/settings/stages/": ("/settings/stages/", "", "tbody a"),
    "/settings/topics/": ("/settings/topics/", "", "tbody a"),
}
_PLACES = ["first", "second", "third"]
_PLACE = re.compile(
    rf"(?P<start>/[\w/-]+/)(?P<place>{'|'.join(_PLACES)})(:(?P<state>\w+))?/"
)
_ALL_LOADED = (
    "![...document.querySelectorAll('.skeleton')].some(e => e.checkVisibility())"
)
# What a browser says in the console of a page whose answer is 404.
EXPECTED_MISSING = {"missing", "link-expired", "view-expired"}


@dataclass(frozen=True)
class Look:
    name: str
    width: int
    height: int
    scheme: str
    language: str


LOOKS = [
    Look("wide-light", 1280, 900, "light", "en"),
    Look("wide-dark", 1280, 900, "dark", "uk"),
    Look("wide-rtl", 1280, 900, "light", "fa"),
    Look("phone-light", 390, 844, "light", "en"),
    Look("phone-dark-rtl", 390, 844, "dark", "fa"),
    Look("narrow", 360, 740, "light", "uk"),  # the longest words
]


def main() -> int:
    arguments = _arguments()
    arguments.out.mkdir(parents=True, exist_ok=True)
    pages = {
        name: path
        for name, path in PAGES.items()
        if not arguments.only or name in arguments.only
    }
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for look in LOOKS:
            if arguments.look and look.name not in arguments.look:
                continue
            context = browser.new_context(
                viewport={"width": look.width, "height": look.height},
                color_scheme="dark" if look.scheme == "dark" else "light",
                bypass_csp=True,  # axe-core is put into the page from outside
                reduced_motion="reduce",
            )
            _log_in(context, arguments, look)
            for name, path in pages.items():
                faults += _visit(context, arguments, look, name, path)
            context.close()
        browser.close()
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("email")
    parser.add_argument("password")
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", action="append")
    parser.add_argument("--look", action="append")
    parser.add_argument("--pictures-alone", action="store_true", help="no axe-core")
    return parser.parse_args()


def _log_in(context: BrowserContext, arguments: argparse.Namespace, look: Look) -> None:
    page = context.new_page()
    page.goto(f"{arguments.base}/login/")
    if not arguments.only:
        page.screenshot(path=arguments.out / f"login.{look.name}.png")
    page.fill("[name=username]", arguments.email)
    page.fill("[name=password]", arguments.password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    page.goto(f"{arguments.base}/settings/profile/")
    page.select_option("[name=language]", look.language)
    page.click("form[data-unsaved] [type=submit]")
    page.wait_for_load_state("networkidle")
    page.close()


def _visit(
    context: BrowserContext,
    arguments: argparse.Namespace,
    look: Look,
    name: str,
    path: str,
) -> list[str]:
    page = context.new_page()
    faults: list[str] = []
    page.on(
        "console",
        lambda message: (
            faults.append(f"{name} {look.name}: console: {message.text}")
            if message.type == "error" and name not in EXPECTED_MISSING
            else None
        ),
    )
    page.on(
        "pageerror", lambda error: faults.append(f"{name} {look.name}: script: {error}")
    )
    if found := _PLACE.match(path):
        path = _with_first(page, arguments.base, found, path[found.end() :])
        if not path:
            page.close()
            return [f"{name} {look.name}: nothing there to show"]
    path, _blank, linked = path.partition(" ")
    page.goto(f"{arguments.base}{path}")
    if linked:
        link = page.locator(f"a[href*='{linked}']").first.get_attribute("href") or ""
        page.goto(f"{arguments.base}{linked}{link.partition(linked)[2]}")
    page.wait_for_load_state("networkidle")
    if name in OPENED:
        _open(page, OPENED[name][1])
    whole = name not in OPENED  # what lies over a page lies over what is in sight
    page.screenshot(path=arguments.out / f"{name}.{look.name}.png", full_page=whole)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        faults.append(f"{name} {look.name}: {wide} px wider than the window")
    findings = [] if arguments.pictures_alone else _axe(page)
    faults += [f"{name} {look.name}: {finding}" for finding in findings]
    page.close()
    return faults


def _with_first(page: Page, base: str, wanted: re.Match[str], rest: str) -> str:
    """The address of the row that is wanted; empty if there is none."""
    listing, usual, link = FIRST[wanted["start"]]
    page.goto(f"{base}{listing.format(wanted['state'] or usual)}")
    rows = page.locator(link)
    index = _PLACES.index(wanted["place"])
    if rows.count() <= index:
        return ""
    return f"{rows.nth(index).get_attribute('href')}{rest}"


def _open(page: Page, opener: str) -> None:
    if len(opener) == 1:
        page.keyboard.press(opener)
    elif page.locator(opener).first.is_visible():
        page.locator(opener).first.click()
    page.wait_for_load_state("networkidle")
    with suppress(PlaywrightTimeoutError):  # then the picture shows what is missing
        page.wait_for_function(_ALL_LOADED, timeout=15_000)


def _axe(page: Page) -> list[str]:
    if not AXE.exists():
        return []
    page.add_script_tag(path=AXE)
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        "resultTypes": ["violations"],
    }
    result = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"axe {violation['id']}: {node['target']} {node['failureSummary'][:300]!r}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]


if __name__ == "__main__":
    sys.exit(main())
