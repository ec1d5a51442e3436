"""What axe finds wrong with a page (WCAG 2.2 A and AA), in light and in dark."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What is asked again when nothing but the colours has changed.
_OF_COLOURS = ["color-contrast", "link-in-text-block"]


def problems(page: Page) -> list[str]:
    """All of them, one line each."""
    return _run(page, {"type": "tag", "values": _TAGS})


def problems_in_both(page: Page) -> list[str]:
    """All of them in light, then those of the colours in dark, on the same page.

    Pages follow the device while they are open; this one is left in dark.
    """
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    _wait_for(page, "light")
    in_light = problems(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    _wait_for(page, "dark")
    in_dark = _run(page, {"type": "rule", "values": _OF_COLOURS})
    return in_light + [f"dark: {problem}" for problem in in_dark]


def too_wide(page: Page) -> list[str]:
    """A line if the page has to be scrolled sideways."""
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{wider} px wider than the window"] if wider > 0 else []


def _wait_for(page: Page, scheme: str) -> None:
    """Until all colours are those of the scheme, and none is on its way to it.

    The public pages have no theme of their own: their colours follow at once.
    """
    page.wait_for_function(
        "scheme => (document.documentElement.dataset.bsTheme ?? scheme) === scheme",
        arg=scheme,
    )
    page.evaluate(
        "for (const running of document.getAnimations())"
        " if (running instanceof CSSTransition) running.finish()"
    )


def _run(page: Page, only: dict[str, object]) -> list[str]:
    # Evaluated by the browser itself, so the page's own policy stays as strict as
    # it is.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(_AXE.read_text())
    found = page.evaluate("only => axe.run({runOnly: only})", only)
    return [
        f"{problem['id']}: {json.dumps(problem['nodes'][0]['html'])}"
        for problem in found["violations"]
    ]
