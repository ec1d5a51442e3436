"""What a brand kit means for a mail: the words that templates may use.

A template says ``[[brand_accent]]`` where the installation's colour belongs.
The words are filled when a template becomes a mailing, so that the editor sees
plain colours and a mailing stays as it was approved; see decision 0023.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from winback.content.branding.colours import (
    BLACK,
    SHAPE_CONTRAST,
    TEXT_CONTRAST,
    WHITE,
    contrast,
    label_on,
    mixed,
    readable,
)

DEFAULT_ACCENT = "#0b6e69"
DEFAULT_PAGE = "#eef2f1"
DEFAULT_TEXT = "#1f2933"
CARD = WHITE
DARK_PAGE = "#101417"
DARK_CARD = "#1a2025"
DARK_TEXT = "#e8ebee"
LOGO_HEIGHT = 40  # px; half of what a picture for sharp screens has
LOGO_MAX_WIDTH = 240

# Fonts that mail programs have: none is fetched. Each list ends in faces with
# Cyrillic and Persian letters, which a program takes letter by letter.
FONTS: Mapping[str, str] = {
    "system": "-apple-system, 'Segoe UI', Roboto, Vazirmatn, Tahoma, Arial, sans-serif",
    "arial": "Arial, Helvetica, Tahoma, sans-serif",
    "verdana": "Verdana, Geneva, Tahoma, sans-serif",
    "trebuchet": "'Trebuchet MS', 'Segoe UI', Tahoma, sans-serif",
    "georgia": "Georgia, 'Times New Roman', Times, serif",
    "tahoma": "Tahoma, Vazirmatn, 'Segoe UI', Arial, sans-serif",
}
# Of the rest few have good Persian letters; these come first in a Persian mail.
_PERSIAN_FONTS = "Vazirmatn, Tahoma"
_WORD = re.compile(r"\[\[(brand_\w+)\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand kit's values, checked. Colours are ``#rrggbb``."""

    accent: str = DEFAULT_ACCENT
    page: str = DEFAULT_PAGE
    text: str = DEFAULT_TEXT
    font: str = "system"
    logo_url: str = ""
    logo_width: int = 0  # px, as shown
    # Name and https address of each, in the order in which they are shown.
    links: tuple[tuple[str, str], ...] = ()


DEFAULT_BRAND = Brand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Two colours that meet in a mail, and whether people can read the one on
    the other. ``mended`` is what the templates take instead where they may."""

    key: str
    ink: str
    ground: str
    least: float
    mended: str = ""

    @property
    def ratio(self) -> float:
        return contrast(self.ink, self.ground)

    @property
    def is_enough(self) -> bool:
        return self.ratio >= self.least


def pairings(brand: Brand) -> list[Pairing]:
    """Where the kit's colours meet, the weightiest first."""
    words = brand_words(brand, "en")
    return [
        Pairing(key="text", ink=brand.text, ground=CARD, least=TEXT_CONTRAST),
        Pairing(
            key="button",
            ink=words["brand_on_accent"],
            ground=brand.accent,
            least=TEXT_CONTRAST,
        ),
        Pairing(key="shape", ink=brand.accent, ground=CARD, least=SHAPE_CONTRAST),
        Pairing(
            key="accent",
            ink=brand.accent,
            ground=CARD,
            least=TEXT_CONTRAST,
            mended=words["brand_accent_text"],
        ),
        Pairing(
            key="page",
            ink=brand.text,
            ground=brand.page,
            least=TEXT_CONTRAST,
            mended=words["brand_page_text"],
        ),
    ]


def brand_words(brand: Brand, language: str) -> dict[str, str]:
    """What each brand word stands for in a mail of this language.

    Text that the kit does not set itself is made readable on its ground; the
    dark ones are for readers who prefer dark colours.
    """
    tint = mixed(brand.accent, WHITE, 0.88)
    dark_tint = mixed(brand.accent, DARK_CARD, 0.72)
    dark_accent = readable(brand.accent, DARK_CARD, least=SHAPE_CONTRAST)
    return {
        "brand_accent": brand.accent,
        "brand_on_accent": label_on(brand.accent),
        "brand_accent_text": readable(brand.accent, CARD),
        "brand_tint": tint,
        "brand_on_tint": readable(mixed(brand.accent, BLACK, 0.3), tint, least=7),
        "brand_page": brand.page,
        "brand_page_text": readable(mixed(brand.text, brand.page, 0.2), brand.page),
        "brand_text": brand.text,
        "brand_quiet": readable(mixed(brand.text, CARD, 0.35), CARD),
        "brand_dark_page": DARK_PAGE,
        "brand_dark_card": DARK_CARD,
        "brand_dark_text": DARK_TEXT,
        "brand_dark_quiet": "#a3adb6",
        "brand_dark_accent": dark_accent,
        "brand_dark_on_accent": label_on(dark_accent),
        "brand_dark_accent_text": readable(brand.accent, DARK_CARD, least=6),
        "brand_dark_tint": dark_tint,
        "brand_dark_on_tint": readable(mixed(brand.accent, WHITE, 0.8), dark_tint),
        "brand_font": font_stack(brand.font, language),
        "brand_header": _header(brand, font_stack(brand.font, language)),
        "brand_links": _links(brand),
    }


def font_stack(font: str, language: str) -> str:
    """The list of faces of one of ``FONTS`` for a mail in this language."""
    stack = FONTS.get(font, FONTS["system"])
    is_persian = language.partition("-")[0] == "fa"
    return f"{_PERSIAN_FONTS}, {stack}" if is_persian else stack


def with_brand(body: str, brand: Brand, language: str) -> str:
    """``body`` with its brand words filled; lines keep their numbers."""
    if "[[brand_" not in body:
        return body
    words = brand_words(brand, language)
    return _WORD.sub(lambda match: words.get(match.group(1), ""), body)


def _header(brand: Brand, font: str) -> str:
    """Whose mail it is: the logo, or the name where there is none."""
    if not brand.logo_url:
        return (
            f'<mj-text font-family="{font}" align="center" font-size="17px" '
            'line-height="1.4" font-weight="700" '
            f'color="{_page_text(brand)}" padding="0 24px" css-class="on-page">'
            "{{ company.name }}</mj-text>"
        )
    return (
        f'<mj-image src="{escape(brand.logo_url)}" alt="{{{{ company.name }}}}" '
        f'width="{brand.logo_width}px" padding="0 24px" css-class="logo" />'
    )


def _page_text(brand: Brand) -> str:
    return readable(brand.text, brand.page)


def _links(brand: Brand) -> str:
    """The social links of the footer, as words: an icon would be a foreign picture."""
    colour = readable(mixed(brand.text, brand.page, 0.2), brand.page)
    linked = " · ".join(
        f'<a href="{escape(url)}" style="color:{colour}">{escape(name)}</a>'
        for name, url in brand.links
    )
    return f"{linked}<br />" if linked else ""


_SHADES = re.compile(
    r"(?<![\w-])(?P<name>(?=[\w-]*(?:color|background|bgcolor))[\w-]++)"
    r"(?P<between>\s*+(?:=\s*+[\"']|:\s*+))"
    r"(?P<colour>#[0-9a-fA-F]{6})\b"
)
_INKS = ("accent_text", "on_tint", "page_text", "quiet", "text")
_DARK_INKS = ("dark_accent_text", "dark_on_tint", "dark_on_accent")
_GROUNDS = ("accent", "tint", "page", "dark_accent", "dark_tint")


def with_words(body: str, brand: Brand, language: str) -> str:
    """``body`` with brand words where it has the kit's own colours and font.

    What ``with_brand`` filled, before anybody changed it, so that a template made
    of a mailing follows the kit when that changes. White and black stay: they are
    everybody's.
    """
    words = brand_words(brand, language)
    inks = _by_colour(words, (*_INKS, *_DARK_INKS))
    grounds = _by_colour(words, _GROUNDS)

    def as_word(match: re.Match[str]) -> str:
        is_ink = match["name"].lower() == "color"
        word = (inks if is_ink else grounds).get(match["colour"].lower())
        if word is None:
            return match.group()
        return f"{match['name']}{match['between']}[[{word}]]"

    for whole in ("brand_header", "brand_links", "brand_font"):
        filled = words[whole]
        body = body.replace(filled, f"[[{whole}]]") if filled else body
    return _SHADES.sub(as_word, body)


def rebranded(body: str, brand: Brand, language: str) -> str:
    """What was written in the usual colours and font, in those of ``brand``."""
    return with_brand(with_words(body, DEFAULT_BRAND, language), brand, language)


def _by_colour(words: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        colour = words[f"brand_{name}"]
        if colour not in (WHITE, BLACK):
            found.setdefault(colour, f"brand_{name}")
    return found
