"""MJML to HTML, with the complaints that the compiler itself swallows."""

from __future__ import annotations

import re
from xml.parsers import expat

import mrml
from django.utils.translation import gettext as _

from winback.content.errors import ContentError, ContentProblem
from winback.content.masking import VOID, settle_marks
from winback.content.mjml_tags import hidden_characters, shown_characters
from winback.content.mjml_text import (
    TEXTUAL,
    marks_in_conditions,
    prepared_mjml,
    raws_of_marks,
    shown_raws,
    tidied_mjml,
)
from winback.content.pasted import clean_compiled

_VOID_TAG = re.compile(rf"<({'|'.join(sorted(VOID))})\b([^<>]*?)/?>", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z]\w*;")
_PLACE = re.compile(r"at position (\d+):")
_DOCTYPE = re.compile(r"<!(?:doctype|entity)\b", re.IGNORECASE)
_FONT = re.compile(r"<mj-font\b[^<>]*?\shref=\"(https://[^\"<>]*)\"")
_KNOWN = TEXTUAL | frozenset(
    [
        "mjml",
        "mj-head",
        "mj-body",
        "mj-attributes",
        "mj-all",
        "mj-class",
        "mj-breakpoint",
        "mj-font",
        "mj-html-attributes",
        "mj-selector",
        "mj-html-attribute",
        "mj-accordion",
        "mj-accordion-element",
        "mj-carousel",
        "mj-carousel-image",
        "mj-column",
        "mj-divider",
        "mj-group",
        "mj-hero",
        "mj-image",
        "mj-navbar",
        "mj-section",
        "mj-social",
        "mj-spacer",
        "mj-wrapper",
    ]
)


def compile_mjml(masked: str) -> str:
    """The HTML of an MJML document whose Liquid is masked, fit for a mail.

    Cleaned like HTML that is pasted; typefaces that the author declares stay.
    Raises ContentError.
    """
    masked = hidden_characters(prepared_mjml(masked))
    problems = _faults(masked)
    if problems or (compiled := _compiled(masked)) is None:
        tidied = tidied_mjml(masked)
        if _faults(tidied) or (compiled := _compiled(tidied)) is None:
            raise ContentError(problems or [_unreadable(masked)])
    fonts = _FONT.findall(shown_characters(masked))
    return clean_compiled(shown_characters(compiled), frozenset(fonts))


def _compiled(masked: str) -> str | None:
    try:
        return _to_html(masked)
    except OSError:
        return None


def _to_html(masked: str) -> str:
    shown = shown_raws(masked)
    settled = settle_marks(shown, _is_structural, raws_of_marks)
    # No fonts: a mail of ours fetches nothing that its author did not write.
    options = mrml.RenderOptions(fonts={})
    return marks_in_conditions(str(mrml.to_html(settled, None, options).content))


def _unreadable(masked: str) -> ContentProblem:
    """The compiler's own complaint; it tells a place, not a line."""
    try:
        _to_html(masked)
    except OSError as error:
        told = str(error)
    else:  # pragma: no cover - it failed a moment ago
        told = ""
    place = _PLACE.search(told)
    line = masked.encode().count(b"\n", 0, int(place.group(1))) + 1 if place else None
    message = _("This MJML cannot be read: %(message)s. Look at the last change.")
    return _problem(line, message % {"message": told})


def _is_structural(name: str) -> bool:
    return name.startswith("mj") and name not in TEXTUAL


def _problem(line: int | None, message: str) -> ContentProblem:
    return ContentProblem(part="body", line=line, message=message)


def _faults(masked: str) -> list[ContentProblem]:
    """What an XML parser finds; the compiler guesses where it should complain."""
    if "<mj-include" in masked:
        return [_problem(None, _("A mail cannot take in other files (mj-include)."))]
    if _DOCTYPE.search(masked):
        return [_problem(None, _("Take out the DOCTYPE; MJML begins with <mjml>."))]
    unknown: list[ContentProblem] = []
    parser = expat.ParserCreate()

    def start(name: str, _attributes: dict[str, str]) -> None:
        if name.startswith("mj") and name not in _KNOWN:
            message = _("There is no element <%(name)s>.") % {"name": name}
            unknown.append(_problem(parser.CurrentLineNumber, message))

    parser.StartElementHandler = start
    try:
        parser.Parse(_as_xml(masked), True)
    except expat.ExpatError as error:
        return [_problem(error.lineno, _worded(error))]
    return unknown


def _as_xml(masked: str) -> str:
    text = _VOID_TAG.sub(r"<\1\2/>", masked)
    return _LONE_AMPERSAND.sub("&amp;", _NAMED_ENTITY.sub("", text))


def _worded(error: expat.ExpatError) -> str:
    code = expat.errors.messages.get(error.code, "")
    if code == expat.errors.XML_ERROR_TAG_MISMATCH:
        return _("A tag is closed that is not the one opened last. Check the pairs.")
    if code in {expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_SYNTAX}:
        return _("MJML begins with <mjml> and ends with </mjml>.")
    return _("This MJML cannot be read here (%(message)s).") % {"message": code}
