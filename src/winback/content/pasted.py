"""HTML that somebody brings: kept as it looks, without what may not be in a mail."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from html import escape, unescape

import nh3
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.content.allowed import (
    ATTRIBUTES,
    SCHEMES,
    SWITCH_ATTRIBUTES,
    SWITCHES,
    TABLE_PARTS,
    TAGS,
)
from winback.content.conditional import safe_comments, with_plain_conditions
from winback.content.masking import settle_marks
from winback.content.sheets import (
    is_font_sheet,
    loads_sheets,
    runs,
    safe_sheet,
    safe_style,
)
from winback.core.formats import number_text

# Searches below are linear in whatever somebody pastes: what cannot match otherwise
# is taken possessively (``*+``). Without ASCII, a long s (U+017F) is an "s" to them.
_ANY_CASE = re.IGNORECASE | re.ASCII
_STYLE = re.compile(r"<style\b([^<>]*)>(.*?)</style\s*+>", re.DOTALL | _ANY_CASE)
_STYLED = re.compile(r"\sstyle\s*+=\s*+(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
# It hides the whole mail until AMP's script, which no mail of ours has, has run.
_AMP_HIDES = re.compile(r"\bamp(?:4email|4ads)?-boilerplate\b", re.IGNORECASE)
_HTML = re.compile(r"<html\b([^<>]*)>", _ANY_CASE)
_BODY = re.compile(r"<body\b([^<>]*)>", _ANY_CASE)
_HEAD = re.compile(r"<head\b.*?</head\s*+>", re.DOTALL | _ANY_CASE)
_TITLE = re.compile(r"<title\b[^<>]*>([^<>]*)</title", _ANY_CASE)
_META = re.compile(r"<meta\b([^<>]*)>", _ANY_CASE)
_LINK = re.compile(r"<link\b([^<>]*)>", _ANY_CASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"(?<![\w:-])([a-zA-Z][\w:-]*+)\s*+=\s*+"
    r"(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))"
)
_ACTIVE = re.compile(
    r"<(script|iframe|frame|frameset|object|embed|applet|form|input|button|select"
    r"|textarea|svg|math|base|audio|video|template|noembed|portal|amp-[a-z-]+)\b",
    re.IGNORECASE,
)
_REFRESH = re.compile(
    r"<meta\b[^<>]*\bhttp-equiv\s*+=\s*+[\"']?\s*+refresh", re.IGNORECASE
)
_ADDRESS = re.compile(r"<a\b[^<>]*?\shref\s*+=", re.IGNORECASE)
_HANDLER = re.compile(r"<[a-z][^<>]*?\s(on[a-z]++)\s*+=", re.IGNORECASE)
_SCRIPT_URL = re.compile(
    r"\b(?:href|src|action)\s*+=\s*+[\"']?\s*+(?:javascript|vbscript|data):",
    re.IGNORECASE,
)
_OTHER_INPUT = re.compile(r"<input\b(?![^<>]*\stype=\"(?:checkbox|radio)\")[^<>]*>")
# What a head says to mail programs about the page as a whole.
_META_NAMES = frozenset(
    [
        "viewport",
        "color-scheme",
        "supported-color-schemes",
        "format-detection",
        "x-apple-disable-message-reformatting",
    ]
)
_BODY_ATTRIBUTES = ("class", "style", "bgcolor", "dir", "lang", "id")
_OFFICE = (
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:o="urn:schemas-microsoft-com:office:office"'
)


@dataclass(frozen=True, slots=True)
class CleanedHtml:
    """A whole document fit for a mail, and what had to go, in words."""

    html: str
    removed: list[str]


def clean_html(masked: str) -> CleanedHtml:
    """``masked`` as a document of our own around the cleaned body.

    Style sheets, media queries, typefaces of known houses and what is meant for
    Outlook alone are kept; everything that runs, loads or asks for input is not.
    """
    masked = _closed(masked)
    html = _document(masked, _settled, ())
    removed = removals(masked)
    lost = len(_ADDRESS.findall(masked)) - len(_ADDRESS.findall(html))
    if lost > 0 and not _SCRIPT_URL.search(masked):
        removed.append(
            ngettext(
                "%(n)s address that no mail program opens",
                "%(n)s addresses that no mail program opens",
                lost,
            )
            % {"n": number_text(lost)}
        )
    return CleanedHtml(html, removed)


def clean_compiled(html: str, fonts: Container[str]) -> str:
    """The MJML compiler's ``html`` cleaned in the same way.

    Its menus and accordions keep their switches; ``fonts`` are the style sheets
    that the author declared to be typefaces.
    """
    return _document(html, _with_switches, fonts)


def _settled(body: str) -> str:
    return _cleaned(settle_marks(body, TABLE_PARTS.__contains__), TAGS, {})


def _with_switches(body: str) -> str:
    cleaned = _cleaned(body, TAGS | SWITCHES, {"input": set(SWITCH_ATTRIBUTES)})
    return _OTHER_INPUT.sub("", cleaned)


def _document(
    source: str, clean_body: Callable[[str], str], fonts: Container[str]
) -> str:
    source = with_plain_conditions(source)
    apart = safe_comments(source)
    head = _head(apart, fonts)
    body = _STYLE.sub("", _HEAD.sub("", apart))
    html, own = _HTML.search(source), ""
    if html and "schemas-microsoft-com" in html.group(1):
        own = _OFFICE
    return (
        f"<!doctype html><html{own}><head>{head}</head>"
        f"<body{_body_attributes(apart)}>{clean_body(body)}</body></html>"
    )


def _head(source: str, fonts: Container[str]) -> str:
    """Title, kinds of page, typefaces and style sheets of the whole document."""
    found = _HEAD.search(source)
    within = found.group() if found else ""
    plain = _COMMENT.sub("", source)
    title = _TITLE.search(_COMMENT.sub("", within))
    for_outlook = filter(_is_whole_condition, _COMMENT.findall(within))
    metas = filter(None, map(_meta, _META.findall(_COMMENT.sub("", within))))
    sheets = "".join(dict.fromkeys(_font_link(a, fonts) for a in _LINK.findall(plain)))
    styles = (_style(attributes, css, fonts) for attributes, css in _styles(plain))
    return "".join(
        [
            f"<title>{title.group(1) if title else ''}</title>",
            *metas,
            # Outlook takes Times where it is told of a typeface that it lacks.
            f"<!--[if !mso]><!-->{sheets}<!--<![endif]-->" if sheets else "",
            *filter(None, styles),
            *for_outlook,
        ]
    )


def _is_whole_condition(comment: str) -> bool:
    """Not one end of two comments, around what all others read."""
    return comment.startswith("<!--[if") and comment.endswith("<![endif]-->")


def _styles(plain: str) -> list[tuple[str, str]]:
    return _STYLE.findall(plain)


def _style(attributes: str, css: str, fonts: Container[str]) -> str:
    if _AMP_HIDES.search(attributes):
        return ""
    css = safe_sheet(css, fonts).strip()
    media = _attributes(attributes).get("media", "")
    if media and media.lower() != "all" and css:
        css = f"@media {media.replace('{', '').replace('}', '')}{{{css}}}"
    return f'<style type="text/css">{css}</style>' if css else ""


def _meta(attributes: str) -> str:
    named = _attributes(attributes)
    name, content = named.get("name", "").lower(), named.get("content", "")
    if name not in _META_NAMES:
        return ""
    return f'<meta name="{name}" content="{escape(content)}">'


def _font_link(attributes: str, fonts: Container[str]) -> str:
    named = _attributes(attributes)
    url = named.get("href", "")
    is_sheet = named.get("rel", "").lower() == "stylesheet"
    if not is_sheet or not (url in fonts or is_font_sheet(url)):
        return ""
    return f'<link href="{escape(url)}" rel="stylesheet" type="text/css">'


def _attributes(text: str) -> dict[str, str]:
    """Attributes by lower-case name, their values as they are meant."""
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(text)
    }


def _body_attributes(source: str) -> str:
    body = _BODY.search(source)
    named = _attributes(body.group(1)) if body else {}
    return "".join(
        f' {name}="{escape(_safe_value(name, named[name]) or "")}"'
        for name in _BODY_ATTRIBUTES
        if named.get(name)
    )


def _cleaned(body: str, tags: frozenset[str], more: dict[str, set[str]]) -> str:
    return nh3.clean(
        body,
        tags=set(tags),
        clean_content_tags={"script", "style", "title", "iframe", "object", "template"},
        attributes={"*": set(ATTRIBUTES), **more},
        attribute_filter=lambda _tag, name, value: _safe_value(name, value),
        generic_attribute_prefixes={"aria-", "data-"},
        url_schemes=set(SCHEMES),
        strip_comments=False,
        link_rel=None,
    )


def _safe_value(name: str, value: str) -> str | None:
    """An attribute's value; None takes the attribute away."""
    if name == "style":
        return safe_style(value)
    if name in {"background", "srcset"}:
        addresses = value.split(",") if name == "srcset" else [value]
        return value if all(map(_is_picture, addresses)) else None
    return value


def _is_picture(address: str) -> bool:
    before, colon, _rest = address.strip().partition(":")
    return not colon or before.lower() in {"http", "https", "cid"}


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


def removals(masked: str) -> list[str]:
    """What cleaning takes out of ``masked``, in words."""
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
    if _runs_by_style(masked):
        lines.append(_("styles that run a script"))
    if _REFRESH.search(masked):
        lines.append(_("going on to another page by itself"))
    if _loads_sheets(masked):
        lines.append(_("style sheets of other servers"))
    return lines


def _runs_by_style(masked: str) -> bool:
    sheets = (css for _attributes, css in _STYLE.findall(masked))
    styles = (unescape(one or other) for one, other in _STYLED.findall(masked))
    return any(map(runs, sheets)) or any(map(runs, styles))


def _loads_sheets(masked: str) -> bool:
    for attributes in _LINK.findall(masked):
        named = _attributes(attributes)
        if named.get("rel", "").lower() == "stylesheet" and not is_font_sheet(
            named.get("href", "")
        ):
            return True
    sheets = (css for _attributes, css in _STYLE.findall(masked))
    return any(loads_sheets(css) for css in sheets)
