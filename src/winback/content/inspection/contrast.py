"""Words that are hard to read on their ground, by day and in dark mode.

After WCAG 2.2, 1.4.3: at least 4.5 : 1, 3 : 1 for large words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from winback.content.inspection.colours import (
    BLACK,
    WHITE,
    Colour,
    colour_in,
    contrast,
    parse_colour,
)
from winback.content.inspection.css import Declared, Rule
from winback.content.inspection.selectors import matches
from winback.content.inspection.tree import Element, Tree, Words

LEAST = 4.5
LEAST_FOR_LARGE = 3.0
LARGE_PIXELS = 24.0
LARGE_BOLD_PIXELS = 18.66
# A mail larger than this is judged as far as this goes.
MOST_ELEMENTS = 5000
MOST_RULES = 200
# What programs show where nothing is said: by day, and in a mail that says it can
# be dark (Chromium's values; Apple Mail's are near).
LINK_BLUE = Colour(0, 0, 238)
DARK_LINK_BLUE = Colour(158, 158, 255)
DARK_GROUND = Colour(18, 18, 18)
_BOLD_ELEMENTS = frozenset({"b", "strong", "h1", "h2", "h3", "h4", "h5", "h6", "th"})
_HEADING_SIZES = {"h1": 32.0, "h2": 24.0, "h3": 18.72}
_IN_PIXELS = {"px": 1.0, "pt": 4 / 3, "pc": 16.0, "in": 96.0, "rem": 16.0}
_IN_PARENTS = {"em": 1.0, "%": 0.01}
_SIZE = re.compile(r"([0-9]*\.?[0-9]+)\s*([a-z]+|%)")
_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaintWords:
    """One pair of colours that is too weak, with the first words that have it."""

    words: str
    colour: str
    ground: str
    ratio: float
    in_dark_mode: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """How words directly in an element look; ``ground`` None is a picture."""

    colour: Colour
    ground: Colour | None
    pixels: float
    is_bold: bool
    is_hidden: bool
    link_colour: Colour = LINK_BLUE


_BY_DAY = _Look(BLACK, WHITE, 16.0, is_bold=False, is_hidden=False)
_IN_THE_DARK = _Look(
    WHITE,
    DARK_GROUND,
    16.0,
    is_bold=False,
    is_hidden=False,
    link_colour=DARK_LINK_BLUE,
)


def faint_words(tree: Tree) -> list[FaintWords]:
    """Every weak pair of colours once, the weakest first.

    Dark mode is looked at if the mail says that it can be dark, with its rules for
    ``@media (prefers-color-scheme: dark)``. Words on pictures are not judged.
    """
    found = _faint(tree, [], _BY_DAY)
    if _can_be_dark(tree):
        dark = [rule for rule in tree.rules if any(map(_DARK.search, rule.at_rules))]
        found = _faint(tree, dark, _IN_THE_DARK) | found
    return sorted(found.values(), key=lambda faint: faint.ratio)


def _can_be_dark(tree: Tree) -> bool:
    return any(
        element.attributes.get("name") == "color-scheme"
        and "dark" in element.attributes.get("content", "")
        for element in tree.named("meta")
    )


def _faint(
    tree: Tree, rules: list[Rule], plain: _Look
) -> dict[tuple[str, str], FaintWords]:
    looks = _looks(tree.elements[:MOST_ELEMENTS], rules[:MOST_RULES], plain)
    found: dict[tuple[str, str], FaintWords] = {}
    for words in tree.words:
        if words.element.place >= MOST_ELEMENTS:
            break
        look = looks[words.element.place]
        if look.is_hidden or look.ground is None or not _can_be_read(words):
            continue
        colour = look.colour.over(look.ground)
        ratio = contrast(colour, look.ground)
        pair = str(colour), str(look.ground)
        if ratio < _least(look) and pair not in found:
            found[pair] = FaintWords(
                words=words.text[:60],
                colour=pair[0],
                ground=pair[1],
                ratio=ratio,
                in_dark_mode=plain is _IN_THE_DARK,
            )
    return found


def _can_be_read(words: Words) -> bool:
    return any(letter.isalnum() for letter in words.text)


def _least(look: _Look) -> float:
    is_large = look.pixels >= LARGE_PIXELS or (
        look.is_bold and look.pixels >= LARGE_BOLD_PIXELS
    )
    return LEAST_FOR_LARGE if is_large else LEAST


def _looks(elements: Iterable[Element], rules: list[Rule], plain: _Look) -> list[_Look]:
    """The look of each element, by its place: parents come before children."""
    looks: list[_Look] = []
    for element in elements:
        above = looks[element.parent.place] if element.parent else plain
        looks.append(_look(element, above, _styled(element, rules)))
    return looks


def _styled(element: Element, rules: list[Rule]) -> dict[str, str]:
    """An element's properties: its own, then what rules say over them."""
    style: dict[str, Declared] = dict(element.style)
    for rule in rules:
        if not any(matches(element, selector) for selector in rule.selectors):
            continue
        for name, declared in rule.declarations.items():
            own = element.style.get(name)
            if own is None or (declared.is_important and not own.is_important):
                style[name] = declared
                if name.startswith("background"):
                    _forget_grounds(style, name)
    return {name: declared.value for name, declared in style.items()}


def _forget_grounds(style: dict[str, Declared], but: str) -> None:
    """A ground that a rule sets stands instead of the element's own, however named."""
    for name in ("background", "background-color"):
        if name != but:
            style.pop(name, None)


def _look(element: Element, above: _Look, style: dict[str, str]) -> _Look:
    return _Look(
        colour=_colour(element, above, style),
        ground=_ground(element, above, style),
        pixels=_pixels(element, above, style),
        is_bold=_is_bold(element, above, style),
        is_hidden=above.is_hidden or _hides(style),
        link_colour=above.link_colour,
    )


def _colour(element: Element, above: _Look, style: dict[str, str]) -> Colour:
    written = style.get("color") or element.attributes.get("color", "")
    if colour := parse_colour(written):
        return colour
    if element.name == "a" and "href" in element.attributes and not written:
        return above.link_colour
    return above.colour


def _ground(element: Element, above: _Look, style: dict[str, str]) -> Colour | None:
    shorthand = style.get("background", "")
    colour = (
        parse_colour(style.get("background-color", ""))
        or colour_in(shorthand)
        or parse_colour(element.attributes.get("bgcolor", ""))
    )
    pictures = (shorthand, style.get("background-image", ""))
    has_picture = any("url(" in text or "gradient(" in text for text in pictures)
    if has_picture or element.attributes.get("background"):
        return None
    if colour is None or colour.alpha == 0:
        return above.ground
    if colour.alpha < 1:
        return colour.over(above.ground) if above.ground else None
    return colour


def _pixels(element: Element, above: _Look, style: dict[str, str]) -> float:
    found = _SIZE.match(style.get("font-size", "") or _size_in(style.get("font", "")))
    if found is None:
        return _HEADING_SIZES.get(element.name, above.pixels)
    number, unit = float(found.group(1)), found.group(2)
    if unit in _IN_PARENTS:
        return number * _IN_PARENTS[unit] * above.pixels
    return number * _IN_PIXELS.get(unit, 1.0)


def _size_in(font: str) -> str:
    found = _SIZE.search(font)
    return found.group() if found else ""


def _is_bold(element: Element, above: _Look, style: dict[str, str]) -> bool:
    weight = style.get("font-weight", "").strip().lower()
    if weight.isdigit():
        return int(weight) >= 600
    if weight in {"bold", "bolder"}:
        return True
    if weight in {"normal", "lighter"}:
        return False
    return above.is_bold or element.name in _BOLD_ELEMENTS


def _hides(style: dict[str, str]) -> bool:
    return (
        style.get("display", "").lower() == "none"
        or style.get("visibility", "").lower() == "hidden"
        or style.get("mso-hide", "").lower() == "all"
        or _is_nothing(style.get("opacity", "1"))
        or _is_nothing(style.get("font-size", "1"))
    )


def _is_nothing(value: str) -> bool:
    return re.fullmatch(r"0*\.?0+(px|pt|em|%)?", value.strip().lower()) is not None
