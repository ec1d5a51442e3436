"""Conditional comments: what is written for Outlook alone."""

from __future__ import annotations

import re

from winback.content.allowed import TAGS
from winback.content.sheets import safe_sheet

# <![if !mso]> and <![endif]>, which HTML readers take for faults.
_BARE = re.compile(r"<!\[(if[^\]<>]{1,80}|endif)\]>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_IF = re.compile(r"\[if[^\]<>]{1,80}\]>", re.IGNORECASE)
_MARK = re.compile(r"zqlq\d+qz")
_SCRIPT = re.compile(
    r"<(script|iframe|object|embed|applet|form|svg|math)\b.*?(?:</\1\s*+>|$)",
    re.DOTALL | re.IGNORECASE,
)
_STYLE = re.compile(r"(<style\b[^<>]*>)(.*?)(</style\s*>|$)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)([^<>]*)>")
_LOOSE = re.compile(r"<(?=[a-zA-Z/])(?![^<>]*>)")
_HANDLER = re.compile(
    r"[\s/\"']on[a-zA-Z]++\s*+=\s*+(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE
)
_RUNS = re.compile(
    r"(?:java|vb)script\s*+:|data\s*+:\s*+text|expression\s*+\(", re.IGNORECASE
)
# Drawings and settings of Office, and the frame of a document.
_OFFICE = re.compile(r"[vow]:\w+$|(?:xml|noscript|style|head|html|body)$", re.I)


def with_plain_conditions(html: str) -> str:
    """``html`` with bare conditions in the form that is a comment to all others."""

    def as_comment(match: re.Match[str]) -> str:
        words = match.group(1)
        if words.lower().startswith("if"):
            return f"<!--[{words}]><!-->"
        return "<!--<![endif]-->"

    # Those that end a comment are not bare.
    pieces = re.split(r"(<!--.*?-->)", html, flags=re.DOTALL)
    pieces[::2] = [_BARE.sub(as_comment, piece) for piece in pieces[::2]]
    return "".join(pieces)


def safe_comments(html: str) -> str:
    """``html`` with only those comments that mean something, each made safe."""
    return _COMMENT.sub(_safe, html)


def _safe(comment: re.Match[str]) -> str:
    within = comment.group(1)
    if _MARK.fullmatch(within) or within in {"<![endif]", ""}:
        return comment.group() if within else ""
    opening = _IF.match(within)
    if opening is None:
        return ""
    # Two dashes could end the comment for an HTML reader.
    rest = within[opening.end() :]
    if rest.strip() in {"<!", "<!--"}:  # <!--[if !mso]><!-->: for all others
        return f"<!--{opening.group()}<!-->"
    ends = "<![endif]"
    inner = rest.removesuffix(ends)
    return f"<!--{opening.group()}{_clean(inner)}{ends}-->"


def _clean(inner: str) -> str:
    inner = _SCRIPT.sub("", inner.replace("--", ""))
    inner = _STYLE.sub(lambda m: m[1] + safe_sheet(m[2]) + "</style>", inner)
    inner = _LOOSE.sub("", _TAG.sub(_tag, inner))
    return _RUNS.sub("", inner)


def _tag(match: re.Match[str]) -> str:
    closes, name, rest = match.groups()
    if name.lower() not in TAGS and not _OFFICE.match(name):
        return ""
    return f"<{closes}{name}{_HANDLER.sub(' ', rest)}>"
