"""MJML to HTML, with the complaints that the compiler itself swallows."""

from __future__ import annotations

import re
from xml.parsers import expat

import mrml
from django.utils.translation import gettext as _

from winback.content.errors import ContentError, ContentProblem
from winback.content.masking import VOID, marks_to_words, settle_marks

_VOID_TAG = re.compile(rf"<({'|'.join(sorted(VOID))})\b([^<>]*?)/?>", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[a-zA-Z]\w*;")
# Inside of such a comment a mark must be none: the comment would end with it.
_FOR_OUTLOOK = re.compile(r"<!--\[if mso[^\]]*\]>.*?<!\[endif\]-->", re.DOTALL)
_TEXTUAL = frozenset(
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
_KNOWN = _TEXTUAL | frozenset(
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
    """The HTML of an MJML document whose Liquid is masked. Raises ContentError."""
    problems = _faults(masked)
    if problems:
        raise ContentError(problems)
    settled = settle_marks(masked, _is_structural, "<mj-raw>%s</mj-raw>")
    try:
        # No fonts: a mail of ours fetches nothing that its author did not write.
        options = mrml.RenderOptions(fonts={})
        html = str(mrml.to_html(settled, None, options).content)
        return _FOR_OUTLOOK.sub(lambda match: marks_to_words(match.group()), html)
    except OSError as error:
        message = _("This MJML cannot be read: %(message)s. Look at the last change.")
        raise ContentError([_problem(None, message % {"message": error})]) from error


def _is_structural(name: str) -> bool:
    return name.startswith("mj") and name not in _TEXTUAL


def _problem(line: int | None, message: str) -> ContentProblem:
    return ContentProblem(part="body", line=line, message=message)


def _faults(masked: str) -> list[ContentProblem]:
    """What an XML parser finds; the compiler guesses where it should complain."""
    if "<mj-include" in masked:
        return [_problem(None, _("A mail cannot take in other files (mj-include)."))]
    if "<!DOCTYPE" in masked or "<!ENTITY" in masked:
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
