"""The text of HTML mail, with what it quotes marked as in plain text."""

from __future__ import annotations

import re
import textwrap

import lxml.html
from inscriptis import get_text
from lxml import etree

MAX_HTML = 100_000  # of the body; Outlook writes half as much style before it
MAX_NODES = 20_000
_TAGS = re.compile(r"<[^<>]{0,5000}>")
# Blockquotes by which mail programs quote, by type, class or style.
_CITED = re.compile(r"border-left|\w_quote|\bcite\b", re.IGNORECASE)
# What follows these is the mail answered (Outlook.com, Outlook for Mac, Yahoo, Zoho).
_BEGIN_IDS = {"appendonsend", "divRplyFwdMsg", "OLK_SRC_BODY_SECTION"}
_BEGIN_CLASSES = {
    "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra",
    "mail_android_quote", "ms-outlook-mobile-reference-message",
}  # fmt: skip
DIVIDER = "-----Original Message-----"


def html_text(html: str) -> str:
    """The text of ``html``; quoted blocks become lines that begin with ">"."""
    body = max(0, html.lower().find("<body"))
    html = html[body : body + MAX_HTML].replace("\0", "")
    try:
        tree = lxml.html.fromstring(html.encode("utf-8", "replace"), parser=_parser())
        _mark_quotes(tree)
        text = str(get_text(lxml.html.tostring(tree, encoding="unicode")))
        return textwrap.dedent(text)
    except Exception:  # the parsers' own errors are of many classes
        return _TAGS.sub(" ", html)


def _parser() -> lxml.html.HTMLParser:
    return lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)


def _mark_quotes(tree: lxml.html.HtmlElement) -> None:
    for node in list(tree.iter("blockquote", "div", "span"))[:MAX_NODES]:
        if node.tag == "blockquote":
            if _is_cited(node):
                _replace_with_lines(node)
        elif _begins_quote(node):
            _put_before(node, DIVIDER)


def _is_cited(node: lxml.html.HtmlElement) -> bool:
    """Whether it quotes; some programs indent own paragraphs by the same element."""
    marks = " ".join(node.get(name, "") for name in ("type", "class", "style"))
    return bool(_CITED.search(marks)) or node.get("cite") is not None


def _begins_quote(node: lxml.html.HtmlElement) -> bool:
    classes = set(node.get("class", "").split())
    return node.get("id", "") in _BEGIN_IDS or bool(classes & _BEGIN_CLASSES)


def _replace_with_lines(node: lxml.html.HtmlElement) -> None:
    if node.getparent() is None:
        return
    mark = etree.Element("p")
    mark.text = "> …"
    mark.tail = node.tail
    node.getparent().replace(node, mark)


def _put_before(node: lxml.html.HtmlElement, text: str) -> None:
    if node.getparent() is not None:
        mark = etree.Element("p")
        mark.text = text
        node.addprevious(mark)
