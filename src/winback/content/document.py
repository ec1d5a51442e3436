"""What every mail's document carries: language, direction, dark mode, preheader."""

from __future__ import annotations

import re

from winback.core.choices import RIGHT_TO_LEFT_LANGUAGES

_HTML_TAG = re.compile(r"<html\b([^>]*)>", re.IGNORECASE)
_ROLE_DIV = re.compile(r"(<div aria-roledescription=\"email\"[^>]*?)>")
_LANG_OR_DIR = re.compile(r"\s(?:lang|dir)=\"[^\"]*\"")
_BODY_TAG = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_SIDES = re.compile(
    r"(text-align:\s?|direction:\s?|align=\"|float:\s?)(left|right|ltr|rtl)\b"
)
_OTHER_SIDE = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}
_COLOUR_SCHEMES = (
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
)
# Keeps a mail list from showing the body's first words after a short preheader.
_FILLER = "&#8199;&#65279;&#847; " * 30


def direction_of(language: str) -> str:
    """``rtl`` or ``ltr``."""
    is_rtl = language.replace("_", "-").split("-")[0] in RIGHT_TO_LEFT_LANGUAGES
    return "rtl" if is_rtl else "ltr"


def prepare_document(
    html: str, *, language: str, direction: str, turn_round: bool
) -> str:
    """``html`` with its language, direction and colour schemes told.

    ``turn_round`` mirrors a layout that was written for left-to-right reading.
    """
    if turn_round:
        html = _SIDES.sub(lambda m: m.group(1) + _OTHER_SIDE[m.group(2)], html)
    told = f' lang="{language}" dir="{direction}"'
    html = _HTML_TAG.sub(
        lambda m: f"<html{_LANG_OR_DIR.sub('', m.group(1))}{told}>", html, count=1
    )
    html = _ROLE_DIV.sub(lambda m: _LANG_OR_DIR.sub("", m.group(1)) + told + ">", html)
    if 'name="color-scheme"' not in html:
        html = html.replace("</head>", _COLOUR_SCHEMES + "</head>", 1)
    if "charset" not in html.lower():
        html = html.replace("<head>", '<head><meta charset="utf-8">', 1)
    return html


def preheader_block(html: str, preheader: str) -> str:
    """``html`` with ``preheader`` (escaped) hidden at the start of its body."""
    if not preheader:
        return html
    block = (
        '<div style="display:none;max-height:0;max-width:0;overflow:hidden;'
        'opacity:0;font-size:1px;line-height:1px;color:transparent">'
        f"{preheader}{_FILLER}</div>"
    )
    return _BODY_TAG.sub(lambda match: match.group() + block, html, count=1)


def add_before_body_ends(html: str, block: str) -> str:
    head, tag, tail = html.rpartition("</body>")
    return head + block + tag + tail if tag else html + block
