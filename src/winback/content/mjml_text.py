"""MJML as other tools write it, made such that our compiler reads it as they do."""

from __future__ import annotations

import re

import nh3

from winback.content.allowed import ATTRIBUTES, SCHEMES, TAGS
from winback.content.masking import VOID, marks_in

TEXTUAL = frozenset(
    [
        "mj-text",
        "mj-button",
        "mj-raw",
        "mj-table",
        "mj-title",
        "mj-preview",
        "mj-style",
        "mj-navbar-link",
        "mj-social-element",
        "mj-accordion-title",
        "mj-accordion-text",
    ]
)
_DECLARATION = re.compile(
    r"\A\s*<\?xml\b[^<>]*\?>|<!doctype\s+(?:mjml|html)\s*>", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
# Our compiler does not know it; nobody sees the attributes that it would add.
_HTML_ATTRIBUTES = re.compile(
    r"<mj-html-attributes\b[^<>]*>.*?</mj-html-attributes\s*>", re.DOTALL
)
_FILE_START = re.compile(
    r"<mj-raw\b[^<>]*\bposition\s*=\s*[\"']file-start[\"'][^<>]*>(.*?)</mj-raw\s*>",
    re.DOTALL,
)
_BODY = re.compile(r"<mj-body\b[^<>]*(?<!/)>")
# Where our compiler writes an mj-raw into what only Outlook reads.
_BETWEEN = frozenset(["mj-wrapper"])
_PLACED = re.compile(r"<(/?)(mj-[a-z-]+)\b[^<>]*?(/?)>")
_LEAVE, _ENTER = "zqleaveqz", "zqenterqz"
_CONDITION = re.compile(
    r"<!--(zqlq\d+qz)-->|<!--\[if[^\]<>]*\]>(?:<!--)?|<!\[endif\]-->|zq(leave|enter)qz"
)
_EMPTY_ELEMENT = re.compile(r"(<mj-social-element\b[^<>]*>)\s+(?=</)")
_WRITTEN = re.compile(
    r"(<(mj-text|mj-button|mj-table|mj-social-element|mj-navbar-link"
    r"|mj-accordion-title|mj-accordion-text)\b[^<>]*(?<!/)>)(.*?)(</\2\s*>)",
    re.DOTALL,
)
_VOID_TAG = re.compile(rf"<({'|'.join(sorted(VOID))})\b([^<>]*?)/?>")


def prepared_mjml(masked: str) -> str:
    """``masked`` without what the compiler does not know and nobody would see.

    Lines keep their numbers.
    """
    if masked.rfind("<!--") > masked.rfind("-->"):
        return masked  # the parser tells of it
    for nothing in (_DECLARATION, _COMMENT, _HTML_ATTRIBUTES):
        masked = nothing.sub(_only_lines, masked)
    masked = _first_in_body(masked)
    return _EMPTY_ELEMENT.sub(r"\1", masked)


def _first_in_body(masked: str) -> str:
    """``masked`` with what it has before the page at the beginning of the body."""
    firsts = [match.group(1) for match in _FILE_START.finditer(masked)]
    if not firsts:
        return masked
    raw = f"<mj-raw>{' '.join(' '.join(firsts).split())}</mj-raw>"
    masked = _FILE_START.sub(_only_lines, masked)
    return _BODY.sub(lambda match: match.group() + raw, masked, count=1)


def _only_lines(match: re.Match[str]) -> str:
    """Nothing but line breaks; conditions for Outlook stay."""
    if match.re is _COMMENT and match.group(1).startswith(("[if", "<![endif")):
        return match.group()
    return "\n" * match.group().count("\n")


def tidied_mjml(masked: str) -> str:
    """``masked`` with the HTML inside of its elements closed, quoted and lower-case.

    Tools that read HTML forgive what an XML reader does not.
    """
    return _WRITTEN.sub(_tidied, masked)


def _tidied(match: re.Match[str]) -> str:
    opening, name, inner, closing = match.groups()
    around = ("<table>", "</table>") if name == "mj-table" else ("", "")
    cleaned = nh3.clean(
        inner.join(around),
        tags=set(TAGS),
        clean_content_tags={"script", "style"},
        attributes={"*": set(ATTRIBUTES)},
        generic_attribute_prefixes={"aria-", "data-"},
        url_schemes=set(SCHEMES),
        strip_comments=False,
        link_rel=None,
    )
    for piece in around:
        cleaned = cleaned.replace(piece, "")
    return opening + _VOID_TAG.sub(r"<\1\2/>", cleaned) + closing


def shown_raws(masked: str) -> str:
    """``masked`` with a note round each mj-raw that only Outlook would see."""
    out, at = list[str](), 0
    open_names: list[str] = []
    for tag in _PLACED.finditer(masked):
        closes, name, is_empty = tag.groups()
        if is_empty:
            continue
        if closes and name in open_names:
            while open_names.pop() != name:
                pass
        is_between = bool(open_names) and open_names[-1] in _BETWEEN
        if not closes:
            open_names.append(name)
        if name == "mj-raw" and is_between:
            cut = tag.start() if closes else tag.end()
            out += [masked[at:cut], _ENTER if closes else _LEAVE]
            at = cut
    return "".join([*out, masked[at:]])


def raws_of_marks(text: str) -> str:
    """Of text between elements what counts: marks. MJML shows no words there."""
    marks = (f"<mj-raw><!--{mark}--></mj-raw>" for mark in marks_in(text))
    return "".join(marks) + "\n" * text.count("\n")


def marks_in_conditions(html: str) -> str:
    """``html`` with the notes followed, and marks inside of conditions as words.

    A mark is a comment, and there are no comments in comments.
    """
    is_inside = False

    def follow(match: re.Match[str]) -> str:
        nonlocal is_inside
        found = match.group()
        if match.group(1):
            return match.group(1) if is_inside else found
        if found == _LEAVE:
            return "<![endif]-->" if is_inside else ""
        if found == _ENTER:
            return "<!--[if mso | IE]>" if is_inside else ""
        is_inside = found.startswith("<!--[if") and not found.endswith("<!--")
        return found

    return _CONDITION.sub(follow, html)
