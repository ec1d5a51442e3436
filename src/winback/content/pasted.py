"""HTML that somebody pastes: kept as it looks, without what may not be in a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.masking import settle_marks
from winback.core.formats import number_text

_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.DOTALL | re.IGNORECASE)
_BODY = re.compile(r"<body\b([^>]*)>", re.IGNORECASE)
_BODY_STYLE = re.compile(r"(?:^|\s)style\s*=\s*\"([^\"<>]*)\"", re.IGNORECASE)
_HEAD = re.compile(r"<head\b.*?</head\s*>", re.DOTALL | re.IGNORECASE)
_IMPORT = re.compile(r"@import\b[^;]*;?|expression\s*\(|javascript:", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<(script|iframe|object|embed|applet|form|input|button|select|textarea|svg|math"
    r"|meta|base|link|audio|video)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"<a\b[^<>]*?\shref\s*=", re.IGNORECASE)
_HANDLER = re.compile(r"<[a-z][^<>]*?\s(on[a-z]+)\s*=", re.IGNORECASE)
_SCRIPT_URL = re.compile(
    r"\b(?:href|src|action)\s*=\s*[\"']?\s*(?:javascript|vbscript|data):", re.IGNORECASE
)
_TABLE_PARTS = frozenset(["table", "thead", "tbody", "tfoot", "tr", "colgroup"])
_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "center",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "font",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "i",
        "img",
        "ins",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "section",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "wbr",
        "article",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "align",
        "alt",
        "background",
        "bgcolor",
        "border",
        "cellpadding",
        "cellspacing",
        "class",
        "color",
        "colspan",
        "dir",
        "face",
        "height",
        "href",
        "hspace",
        "id",
        "lang",
        "name",
        "role",
        "rowspan",
        "size",
        "src",
        "start",
        "style",
        "summary",
        "target",
        "title",
        "type",
        "valign",
        "vspace",
        "width",
    ]
)
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "cid"})


@dataclass(frozen=True, slots=True)
class CleanedHtml:
    """A whole document fit for a mail, and what had to go, in words."""

    html: str
    removed: list[str]


def clean_html(masked: str) -> CleanedHtml:
    """``masked`` as a document of our own around the cleaned body.

    Style sheets are kept (inlining comes later), everything that runs, loads or
    asks for input is not.
    """
    masked = _closed(masked)
    styles = "\n".join(_safe_css(css) for css in _STYLE.findall(masked))
    body = _HEAD.sub("", masked)
    body = _STYLE.sub("", body)
    cleaned = nh3.clean(
        settle_marks(body, _TABLE_PARTS.__contains__),
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title", "iframe", "object", "template"},
        attributes={"*": set(_ATTRIBUTES)},
        generic_attribute_prefixes={"aria-", "data-"},
        url_schemes=set(_SCHEMES),
        strip_comments=False,
        link_rel=None,
    )
    html = (
        "<!doctype html><html><head><title></title>"
        f'<style type="text/css">{styles}</style></head>'
        f"<body{_body_style(masked)}>{cleaned}</body></html>"
    )
    removed = _removals(masked)
    lost = len(_ADDRESS.findall(body)) - len(_ADDRESS.findall(cleaned))
    if lost > 0 and not _SCRIPT_URL.search(body):
        removed.append(
            ngettext(
                "%(n)s address that no mail program opens",
                "%(n)s addresses that no mail program opens",
                lost,
            )
            % {"n": number_text(lost)}
        )
    return CleanedHtml(html, removed)


def _closed(masked: str) -> str:
    """``masked`` with what is opened last closed: every search then ends at once."""
    lowered = masked.lower()
    for opens, closes in (
        ("<!--", "-->"),
        ("<style", "</style>"),
        ("<head", "</head>"),
    ):
        if lowered.rfind(opens) > lowered.rfind(closes):
            masked += closes
    return masked


def _safe_css(css: str) -> str:
    return _IMPORT.sub("", css).replace("<", "")


def _body_style(masked: str) -> str:
    body = _BODY.search(masked)
    style = _BODY_STYLE.search(body.group(1)) if body else None
    return f' style="{_safe_css(style.group(1))}"' if style else ""


def _removals(masked: str) -> list[str]:
    names: dict[str, int] = {}
    for match in _ACTIVE.finditer(masked):
        name = match.group(1).lower()
        names[name] = names.get(name, 0) + 1
    lines = [f"<{name}>: {count}" for name, count in names.items()]
    handlers = len(_HANDLER.findall(masked))
    if handlers:
        lines.append(
            ngettext("%(n)s event handler", "%(n)s event handlers", handlers)
            % {"n": number_text(handlers)}
        )
    if _SCRIPT_URL.search(masked):
        lines.append(_("addresses that run a script"))
    return lines
