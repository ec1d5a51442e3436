"""Between plain text and HTML, both ways."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

from winback.content.masking import marks_to_words

URL = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?')\]}»،؛]")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LIST_LINE = re.compile(r"^[-*•] +")
_LAYOUT = re.compile(r"<(/?)(?:table|thead|tbody|tfoot|tr|th|center)\b[^>]*>", re.I)
_CELL = re.compile(r"<(/?)td\b[^>]*>", re.IGNORECASE)
_HIDDEN_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARK = re.compile(r"zqlq\d+qz")
_HEAD = re.compile(r"<head\b.*?</head>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"<a\b[^>]*?\shref=\"([^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"\salt=\"([^\"]*)\"")
_ANY_TAG = re.compile(r"<[^>]+>")
_APART = HtmlElement(display=Display.block, margin_before=1, margin_after=1)
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"] | {"section": _APART})
_DOCUMENT = (
    "<!doctype html><html><head><title></title>"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<style type="text/css">'
    "body{margin:0;padding:0;background-color:#ffffff}"
    ".sheet{max-width:600px;margin:0 auto;padding:24px 20px;"
    "font-family:-apple-system,'Segoe UI',Roboto,Vazirmatn,Tahoma,Arial,sans-serif;"
    "font-size:16px;line-height:1.6;color:#1f2933}"
    "p,ul{margin:0 0 16px}a{color:#0b6e69}"
    "@media (prefers-color-scheme:dark){body,.sheet{background-color:#15191e!important;"
    "color:#e6e9ec!important}a{color:#6fd3cb!important}}"
    '</style></head><body><div class="sheet">%s</div></body></html>'
)


def text_to_html(
    masked: str, address: re.Pattern[str], link: Callable[[str], str]
) -> str:
    """A simple, good-looking document that says what ``masked`` says.

    Blank lines part paragraphs, lines that begin with ``-`` make a list; what
    ``address`` finds becomes the ``<a>`` element that ``link`` makes of it.
    """
    text = masked.replace("\r\n", "\n").replace("\r", "\n").strip()

    def linked(line: str) -> str:
        out, position = [], 0
        for match in address.finditer(line):
            out.append(escape(line[position : match.start()], quote=False))
            out.append(link(match.group()))
            position = match.end()
        out.append(escape(line[position:], quote=False))
        return "".join(out)

    blocks = (_block(block, linked) for block in _BLANK_LINES.split(text))
    return _DOCUMENT.replace("%s", "".join(blocks))


def _block(block: str, linked: Callable[[str], str]) -> str:
    lines = block.split("\n")
    if all(_LIST_LINE.match(line) for line in lines):
        items = (linked(_LIST_LINE.sub("", line)) for line in lines)
        return "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    return "<p>" + "<br>".join(linked(line) for line in lines) + "</p>"


def html_to_text(html: str) -> str:
    """What ``html`` says, for people and programs that read plain text.

    Layout tables are read as blocks, links as ``label (address)``, images by
    their alternative text. Marks of masked Liquid are all kept, in order.
    """
    html = _HEAD.sub("", html)
    # A mark may stand inside a comment for Outlook: the comment goes, the mark stays.
    html = _HIDDEN_COMMENT.sub(_marks_within, marks_to_words(html))
    html = _CELL.sub(r"<\1section>", _LAYOUT.sub(r"<\1div>", html))
    html = _IMAGE.sub(_image_text, html)
    html = _LINK.sub(_link_text, html)
    text = get_text(html, _CONFIG).replace("\xa0", " ")
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _marks_within(comment: re.Match[str]) -> str:
    return "".join(_MARK.findall(comment.group()))


def label_of(inner_html: str) -> str:
    """The words of a link: its text, else its image's alternative text."""
    words = _ANY_TAG.sub(" ", _IMAGE.sub(_image_text, inner_html))
    return " ".join(unescape(words).split())


def _image_text(match: re.Match[str]) -> str:
    alt = _ALT.search(match.group())
    return f" {alt.group(1)} " if alt else " "


def _link_text(match: re.Match[str]) -> str:
    address, label = match.groups()
    words = label_of(label)
    if not words or words == unescape(address) or URL.fullmatch(words):
        return address
    return f"{label} ({address})"
