"""Templates as people choose them: names, what each is for, and how each looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import cast

from django.utils.translation import get_language

from winback.accounts.models import User
from winback.content.branding.rules import Brand
from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.frames import in_colours
from winback.content.liquid.formats import Money
from winback.content.merge import our_side
from winback.content.models import Template
from winback.content.premade import premade_by_key
from winback.content.rendering import (
    CompiledContent,
    ContentSource,
    MergeContext,
    RenderedMail,
    RenderError,
    compile_content,
)
from winback.content.services import Written, may_change
from winback.core.models import Installation
from winback.core.text import fold

KINDS = ("ours", "saved", "archived")
# Those that ask for the least work first.
ORDER = (
    "welcome_back",
    "restock",
    "price_drop",
    "we_listened",
    "new_feature",
    "last_chance",
    "owner_question",
    "plain_letter",
)
_AS_TEXT = (
    '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="{scheme}">'
    '<body style="margin:16px"><pre dir="auto" style="white-space:pre-wrap;'
    'overflow-wrap:anywhere;font:15px/1.6 monospace">{text}</pre>'
)
# An invented person of each language, so that letters and direction are theirs.
_PEOPLE: Mapping[str, tuple[str, str, str]] = {
    "uk": ("Олена", "Настільна лампа", "Анна Сильва"),
    "fa": ("مریم", "چراغ مطالعه", "آنا سیلوا"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A template as the gallery shows it, in the reader's language."""

    template: Template
    name: str
    purpose: str
    languages: list[str]
    may_change: bool


def shown_name(template: Template) -> str:
    """Ours are named in the reader's language, the others as they were saved."""
    ours = premade_by_key().get(template.key)
    return ours.names[_of(ours.names)] if ours else template.name


def purpose_of(template: Template) -> str:
    """What one of ours is for; empty for the others."""
    ours = premade_by_key().get(template.key)
    return ours.purposes[_of(ours.purposes)] if ours else ""


def card_of(template: Template, user: User) -> Card:
    contents = template.contents.all()
    return Card(
        template=template,
        name=shown_name(template),
        purpose=purpose_of(template),
        languages=sorted(content.language for content in contents if content.language),
        may_change=may_change(user, template),
    )


def cards(user: User, *, search: str = "", kind: str = "") -> list[Card]:
    """The templates to choose from: ours in their order, then the newest saved.

    ``kind`` is one of ``KINDS``, empty for all that are not archived. ``search``
    is looked for in name and purpose, whatever the case or the kind of letters.
    Two queries.
    """
    templates = Template.objects.filter(archived_at__isnull=kind != "archived")
    if kind == "ours":
        templates = templates.exclude(key="")
    elif kind == "saved":
        templates = templates.filter(key="")
    found = templates.select_related("owner").prefetch_related("contents")
    shown = [card_of(template, user) for template in found.order_by("-pk")]
    wanted = fold(search)
    if wanted:
        shown = [c for c in shown if wanted in fold(f"{c.name} {c.purpose}")]
    return sorted(shown, key=lambda card: _place(card.template.key))


def _place(key: str) -> int:
    if not key:
        return len(ORDER) + 1
    return ORDER.index(key) if key in ORDER else len(ORDER)


def _of(words: Mapping[str, str]) -> str:
    language = (get_language() or "").partition("-")[0]
    return language if language in words else "en"


def content_in(contents: list[Written], language: str) -> Written | None:
    """The content to show a reader of this language; None if there is none."""
    by_language = {content["language"]: content for content in contents}
    wanted = (language, "", "en", *by_language)
    return next((by_language[code] for code in wanted if code in by_language), None)


def picture(content: Written, brand: Brand) -> RenderedMail | None:
    """The mail that an invented person would get; None if it cannot be compiled."""
    language = content["language"] or Installation.current().language
    try:
        compiled = _compiled(
            content["subject"],
            content["preheader"],
            content["body_kind"],
            content["body"],
            language,
            brand,
        )
        return compiled.render(MergeContext(values=_values(language)))
    except (ContentError, RenderError):
        return None


@lru_cache(maxsize=64)
def _compiled(
    subject: str, preheader: str, body_kind: str, body: str, language: str, brand: Brand
) -> CompiledContent:
    return compile_content(
        ContentSource(
            subject=subject,
            preheader=preheader,
            body_kind=body_kind,
            body=body,
            language=language,
            brand=brand,
        )
    )


def _values(language: str) -> dict[str, object]:
    values: dict[str, object] = {**sample_values(), "language_code": language}
    sample = cast("dict[str, object]", values["company"])
    ours = our_side().company
    values["company"] = sample | {name: text for name, text in ours.items() if text}
    if language in _PEOPLE:
        _name_natives(values, language)
    return values


def _name_natives(values: dict[str, object], language: str) -> None:
    first_name, product, owner = _PEOPLE[language]
    lead = cast("dict[str, object]", values["lead"])
    values["lead"] = lead | {
        "first_name": first_name,
        "contact_name": first_name,
        "product": {
            "name": product,
            "price": Money(Decimal("49.90"), "EUR", language),
            "stock": 120,
        },
    }
    values["owner"] = {"name": owner, "email": "ana@example.com"}


def shown_html(mail: RenderedMail, *, look: str, as_text: bool) -> str:
    """For a frame: as it is, or always in the colours of ``look`` (dark, light)."""
    scheme = look if look in ("dark", "light") else "light dark"
    if as_text:
        return _AS_TEXT.format(scheme=scheme, text=escape(mail.text))
    if look not in ("dark", "light"):
        return mail.html
    return in_colours(mail.html, dark=look == "dark")
