"""From what somebody wrote to what everybody gets: compiled once, filled often.

``compile_content`` does all that does not differ between people: checks, MJML,
inlining, links, the plain-text part. ``CompiledContent.render`` fills the holes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from html import escape

import css_inline
from django.utils import translation
from django.utils.translation import gettext as _
from liquid.exceptions import LiquidError

from winback.content.branding.rules import DEFAULT_BRAND, Brand, with_brand
from winback.content.checking import Checker
from winback.content.document import (
    add_before_body_ends,
    direction_of,
    preheader_block,
    prepare_document,
)
from winback.content.errors import ContentError, ContentProblem
from winback.content.fields import sample_values
from winback.content.kept_rules import mark_kept_rules, put_kept_rules
from winback.content.link_writers import link_writers
from winback.content.links import (
    OWN_ADDRESS,
    LinkSpec,
    anchor,
    take_links,
)
from winback.content.liquid.engine import (
    CompiledTemplate,
    Hole,
    LinkWriter,
    RenderError,
    RenderState,
    compile_template,
)
from winback.content.liquid.limits import MAX_SOURCE_LENGTH
from winback.content.masking import Mask
from winback.content.mjml import compile_mjml
from winback.content.models import BodyKind
from winback.content.nesting import MAX_DEPTH, line_never_closed, line_too_deep
from winback.content.pasted import clean_html, removals
from winback.content.plain import URL, html_to_text, text_to_html
from winback.content.sheets import sound_styles

# More than any mail program shows; our own choice, ten times what Gmail clips at.
MAX_HTML_LENGTH = 1024 * 1024
CLIPPED_AT_BYTES = 102 * 1024  # Gmail hides the rest behind "View entire message"
# No grey is readable on white and on black: a dark rule of its own.
_FOOTER = (
    "<style>@media (prefers-color-scheme:dark)"
    "{.winback-footer,.winback-footer a{color:#a9b3bb!important}}</style>"
    '<div class="winback-footer" style="margin:24px auto 0;max-width:600px;'
    "padding:16px 20px;font-family:Tahoma,Arial,sans-serif;font-size:12px;"
    'line-height:1.6;text-align:center;color:#6b7680">'
    "{{ company.name }}{% if company.postal_address %} · "
    "{{ company.postal_address }}{% endif %}<br>"
    '<a href="{{ unsubscribe_url }}" style="color:#6b7680">LABEL</a></div>'
)
_TAG = re.compile(r"{%")
Values = Mapping[str, object]
Rewriter = Callable[[int, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSource:
    """What somebody wrote, for one language, and what is put around it."""

    subject: str
    preheader: str = ""
    body_kind: str = BodyKind.TEXT
    body: str = ""
    language: str = "en"
    needs_unsubscribe: bool = True
    # Fills brand words, which only templates have: see ``branding``.
    brand: Brand = DEFAULT_BRAND
    # Query parameters for every tracked link, e.g. {"utm_source": "winback"}.
    link_parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """One person's mail in its three parts."""

    subject: str
    html: str
    text: str


def _unchanged(_position: int, url: str) -> str:
    return url


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeContext:
    """One person's values (see ``merge.merge_values``) and where links lead.

    ``rewrite_link`` gets a tracked link's position and filled address and
    answers with the address to put in the mail.
    """

    values: Values
    rewrite_link: Rewriter = _unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledContent:
    """A content ready for any number of people."""

    subject: CompiledTemplate
    html: CompiledTemplate
    text: CompiledTemplate
    links: list[LinkSpec]
    language: str
    direction: str  # "ltr" or "rtl"
    used_fields: frozenset[str]
    bare_fields: frozenset[str]  # of these, what is written without a fallback
    # What cleaning took out of pasted HTML, in words.
    removed: list[str]
    images_without_alt: int
    footer_was_added: bool

    @property
    def size_bytes(self) -> int:
        """The HTML part's size for a person who has everything."""
        sample = MergeContext(values=sample_values())
        return len(self.html.render(self.begin(sample)).encode())

    @property
    def subject_parts(self) -> tuple[str | Hole, ...]:
        return self.subject.parts

    @property
    def html_parts(self) -> tuple[str | Hole, ...]:
        return self.html.parts

    @property
    def text_parts(self) -> tuple[str | Hole, ...]:
        return self.text.parts

    def begin(self, context: MergeContext) -> RenderState:
        """The state that the holes of the three parts are called with."""
        return RenderState(context.values, context.rewrite_link)

    def render(self, context: MergeContext) -> RenderedMail:
        """One person's mail. Raises RenderError if their values do not fit."""
        state = self.begin(context)
        return RenderedMail(
            subject=self.subject.render(state).strip(),
            html=self.html.render(state),
            text=self.text.render(state),
        )


def compile_content(source: ContentSource) -> CompiledContent:
    """Everything that is the same for everybody, done once.

    Raises ContentError naming each fault with its line and what to do.
    """
    source = replace(
        source, body=with_brand(source.body, source.brand, source.language)
    )
    checker = Checker()
    _check(checker, source)
    if checker.problems:
        raise ContentError(checker.problems)
    with translation.override(source.language):
        try:
            return _Compilation(source, checker).run()
        except LiquidError as error:
            # Checked alone it was right: cleaning took one end of a tag away.
            message = _(
                "One end of a Liquid tag is where the mail cannot keep it "
                "(%(message)s). Put both ends around the same text."
            )
            message %= {"message": error.message}
            problem = ContentProblem(part="body", line=None, message=message)
            raise ContentError([problem]) from error


def _check(checker: Checker, source: ContentSource) -> None:
    checker.problems += _faults_of_shape(source)
    if checker.problems:
        return
    checker.check("subject", source.subject)
    checker.check("preheader", source.preheader)
    checker.check("body", source.body)
    for part, text in (("subject", source.subject), ("preheader", source.preheader)):
        if "\n" in text or "\r" in text:
            message = _("This must be one line. Take out the line break.")
            checker.problems.append(ContentProblem(part=part, line=1, message=message))


def _faults_of_shape(source: ContentSource) -> Iterator[ContentProblem]:
    """What the readers behind would not get through, found before they begin."""
    for part in ("subject", "preheader", "body"):
        text = getattr(source, part)
        if len(text) <= MAX_SOURCE_LENGTH and (open_end := line_never_closed(text)):
            line, missing = open_end
            message = _("A Liquid tag is never closed. Add %(missing)s.")
            message %= {"missing": missing}
            yield ContentProblem(part=part, line=line, message=message)
    is_markup = source.body_kind != BodyKind.TEXT
    if is_markup and len(source.body) <= MAX_SOURCE_LENGTH:
        deep = line_too_deep(source.body)
        if deep is not None:
            message = _(
                "More than %(n)d elements are open inside each other here. Close "
                "those that are finished."
            )
            message %= {"n": MAX_DEPTH}
            yield ContentProblem(part="body", line=deep, message=message)


class _Compilation:
    """The steps of one compilation, which share the mask."""

    def __init__(self, source: ContentSource, checker: Checker) -> None:
        self.source = source
        self.used_fields = checker.used_fields
        self.bare_fields = checker.bare_fields
        self.mask = Mask()
        self.removed: list[str] = []
        self.masked_body = self.mask.hide(source.body)

    def run(self) -> CompiledContent:
        source = self.source
        direction = direction_of(source.language)
        html = _inline(_refuse_huge(self._document()))
        html = prepare_document(
            html,
            language=source.language,
            direction=direction,
            turn_round=direction == "rtl" and "dir=" not in self.masked_body,
        )
        html, adds_footer = self._with_footer(html)
        html, links = take_links(html, self.mask, dict(source.link_parameters))
        text = html_to_text(html, tag_marks=self.mask.marks_of(_TAG))
        html = _refuse_huge(preheader_block(html, self._escaped(source.preheader)))
        writers = link_writers(links)
        return CompiledContent(
            subject=_one_line(_compiled(source.subject, autoescape=False)),
            html=_compiled(
                self.mask.restore(html), autoescape=True, link_writer=writers.html
            ),
            text=_compiled(
                self.mask.restore(text), autoescape=False, link_writer=writers.text
            ),
            links=links,
            language=source.language,
            direction=direction,
            used_fields=frozenset(self.used_fields),
            bare_fields=frozenset(self.bare_fields),
            removed=self.removed,
            images_without_alt=_images_without_alt(html),
            footer_was_added=adds_footer,
        )

    def _document(self) -> str:
        if self.source.body_kind == BodyKind.MJML:
            self.removed = removals(self.masked_body)
            return compile_mjml(self.masked_body)
        if self.source.body_kind == BodyKind.HTML:
            cleaned = clean_html(self.masked_body)
            self.removed = cleaned.removed
            return cleaned.html
        own = self.mask.marks_of(OWN_ADDRESS)
        pattern = re.compile("|".join([URL.pattern, *own]))
        return text_to_html(self.masked_body, pattern, self._text_link)

    def _text_link(self, url: str) -> str:
        """A bare address is its own label, but for our own long ones."""
        original = self.mask.restore(url)
        if "unsubscribe_url" in original:
            return anchor(url, escape(_("Unsubscribe")))
        if "view_url" in original:
            return anchor(url, escape(_("View this mail in the browser")))
        return anchor(url, escape(url, quote=False))

    def _with_footer(self, html: str) -> tuple[str, bool]:
        if not self.source.needs_unsubscribe or "unsubscribe_url" in self.used_fields:
            return html, False
        footer = _FOOTER.replace("LABEL", escape(_("Unsubscribe")))
        return add_before_body_ends(html, self.mask.hide(footer)), True

    def _escaped(self, text: str) -> str:
        return escape(self.mask.hide(text))


def _refuse_huge(html: str) -> str:
    if len(html) <= MAX_HTML_LENGTH:
        return html
    message = _("The mail would be larger than 1 MB. Make it shorter.")
    raise ContentError([ContentProblem(part="body", line=None, message=message)])


def _inline(html: str) -> str:
    """``html`` with its sheets in its elements; as it is if they cannot be read."""
    html, kept = mark_kept_rules(html)
    for make_sound in (str, sound_styles):
        try:
            return put_kept_rules(_inliner().inline(make_sound(html)), kept)
        except css_inline.InlineError:
            continue
    return put_kept_rules(html, kept)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # Media queries stay in a style element; nothing is fetched from anywhere.
    return css_inline.CSSInliner(
        keep_at_rules=True, keep_link_tags=True, load_remote_stylesheets=False
    )


def _compiled(
    text: str, *, autoescape: bool, link_writer: LinkWriter | None = None
) -> CompiledTemplate:
    return compile_template(text, autoescape=autoescape, link_writer=link_writer)


def _one_line(template: CompiledTemplate) -> CompiledTemplate:
    """The template of a header: whatever is filled in, no line can begin in it."""
    return CompiledTemplate(
        tuple(
            _without_breaks(part) if isinstance(part, str) else _unbroken(part)
            for part in template.parts
        )
    )


def _unbroken(hole: Hole) -> Hole:
    return lambda state: _without_breaks(hole(state))


def _without_breaks(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _INVISIBLE else " " for c in text)


# Not printable by Python's book, but part of words (ZWNJ, ZWJ, marks of direction).
_INVISIBLE = frozenset("\u200c\u200d\u200e\u200f\u00ad\u00a0")


def _images_without_alt(html: str) -> int:
    return sum(
        1 for piece in html.split("<img")[1:] if " alt=" not in piece.partition(">")[0]
    )


__all__ = [
    "CLIPPED_AT_BYTES",
    "CompiledContent",
    "ContentError",
    "ContentSource",
    "LinkSpec",
    "MergeContext",
    "RenderError",
    "RenderedMail",
    "compile_content",
]
