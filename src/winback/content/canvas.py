"""What the editor draws on: a body compiled as ever, its Liquid left to be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

import css_inline

from winback.content.checking import Checker
from winback.content.document import direction_of, prepare_document
from winback.content.errors import ContentError, ContentProblem
from winback.content.liquid.limits import MAX_SOURCE_LENGTH
from winback.content.masking import Mask
from winback.content.mjml import compile_mjml

_COMMENT_MARK = re.compile(r"<!--zqlq\d+qz-->")
_OUTLOOK = re.compile(r"<!--\[if [^\]]*\]>.*?<!\[endif\]-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """A body to look at, or why there is none."""

    html: str  # a whole document; empty if it cannot be compiled
    direction: str  # "ltr" or "rtl"
    problems: list[ContentProblem]


def draw_canvas(source: str, *, language: str) -> Canvas:
    """``source`` (MJML) as the mail's own compiler and inliner draw it.

    Liquid stays where it stands in texts and attributes, escaped; conditions
    around whole blocks leave no trace. Nothing is fetched. ``problems`` are what
    would keep the mail from being sent; there may be some beside a picture.
    """
    direction = direction_of(language)
    checker = Checker()
    checker.check("body", source)
    if len(source) > MAX_SOURCE_LENGTH:
        return Canvas(html="", direction=direction, problems=checker.problems)
    mask = Mask()
    try:
        compiled = compile_mjml(mask.hide(source))
    except ContentError as error:
        return Canvas(html="", direction=direction, problems=error.problems)
    html = css_inline.inline(
        _OUTLOOK.sub("", _COMMENT_MARK.sub("", compiled)),
        keep_at_rules=True,
        load_remote_stylesheets=False,
    )
    html = prepare_document(
        html,
        language=language,
        direction=direction,
        turn_round=direction == "rtl" and "dir=" not in source,
    )
    return Canvas(
        html=_readable(html, mask), direction=direction, problems=checker.problems
    )


def _readable(html: str, mask: Mask) -> str:
    return re.sub(r"zqlq\d+qz", lambda mark: escape(mask.restore(mark.group())), html)
