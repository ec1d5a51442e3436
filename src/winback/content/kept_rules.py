"""Rules of style sheets that only a style element can hold.

Inlining writes rules into the elements that they mean today. What means an
element while the mouse is over it, or one that a mail program puts around the
mail, would be lost.
"""

from __future__ import annotations

import re

from winback.content.inspection.css import rule_blocks

_STYLE = re.compile(r"<style\b[^<>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PLACE = "<!--zqkeptqz-->"
_HEAD_ENDS = "</head>"
# What is so at times, and what is drawn beside an element.
_AT_TIMES = re.compile(
    r":(?:hover|active|focus|visited|checked|disabled|target|:?before|:?after"
    r"|:?first-l|:)",
    re.IGNORECASE,
)
# What mail programs put around a mail or into it: Outlook, Outlook.com, Yahoo,
# Gmail, Apple Mail, Windows Mail, Thunderbird, Samsung. Not ``#outlook a``, which
# every compiled mail has: Outlook 2007 meant its own menu by it, not the mail.
_OF_PROGRAMS = re.compile(
    r"\.ExternalClass|\.ReadMsgBody|#MessageViewBody|\.yshortcuts|\.yiv"
    r"|\bu\s*[+~]|x-apple-data-detectors|data-ogs|\bowa\b|\.moz-text|#MessageWebView"
    r"|margin:\s*16px\s*0|data-outlook-cycle|\.gs\s|\.aolmail|class~=[\"']?x_|\.a[56]S|\.im\b",
    re.IGNORECASE,
)


def mark_kept_rules(html: str) -> tuple[str, str]:
    """``html`` with a mark in its head, and the style element that belongs there.

    Rules inside of ``@media`` and the like are not among them: inlining leaves
    those where they are.
    """
    sheets = (match.group(1) for match in _STYLE.finditer(_COMMENT.sub("", html)))
    kept = [
        f"{', '.join(chosen)}{{{body.strip()}}}"
        for sheet in sheets
        for selectors, body in rule_blocks(sheet)
        if (chosen := [one for one in selectors if _is_kept(one)])
    ]
    if not kept or _HEAD_ENDS not in html:
        return html, ""
    element = f'<style type="text/css">{" ".join(kept)}</style>'
    return html.replace(_HEAD_ENDS, _PLACE + _HEAD_ENDS, 1), element


def put_kept_rules(html: str, element: str) -> str:
    """Marked ``html`` with the style element in its place."""
    return html.replace(_PLACE, element, 1)


def _is_kept(selector: str) -> bool:
    return bool(_AT_TIMES.search(selector) or _OF_PROGRAMS.search(selector))
