"""What a mail says, read from its HTML in the same way whoever made it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from lxml import html as lxml_html

_UNSEEN = {"script", "style", "title", "head"}


@dataclass(frozen=True)
class Said:
    """The words, the links and the pictures of a mail, in their order."""

    words: list[str]
    links: list[str]
    pictures: list[tuple[str, str]]


def said(html: str) -> Said:
    """What people see of ``html``: comments and styles are not among it."""
    tree = lxml_html.document_fromstring(html)
    words: list[str] = []
    _read(tree, words)
    return Said(
        words=" ".join(words).split(),
        links=[a.get("href") for a in tree.iter("a") if a.get("href")],
        pictures=[(i.get("src"), i.get("alt") or "") for i in tree.iter("img")],
    )


def _read(element, words: list[str]) -> None:
    if isinstance(element.tag, str) and element.tag not in _UNSEEN:
        words.append(element.text or "")
        for child in element:
            _read(child, words)
            words.append(child.tail or "")


def styles_of(html: str) -> list[str]:
    """The declarations of the style elements, without their white space."""
    sheets = re.findall(r"<style\b[^>]*>(.*?)</style>", html, re.DOTALL)
    return [re.sub(r"\s+", "", unescape(sheet)) for sheet in sheets]
