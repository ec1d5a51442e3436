"""What of a mail's HTML and CSS which mail programs do not show.

The facts are those of "Can I email" (caniemail.com, MIT), which the front end's
build packs into ``client-support.json``.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings

from winback.content.inspection.css import Declarations, at_rules
from winback.content.inspection.tree import Element, Tree
from winback.core.frontend import built_path

SUPPORT_FILE = "client-support.json"
# Where nearly everybody reads; others are told beside these, never alone.
MAIN_PROGRAMS = ("gmail", "outlook", "apple-mail", "yahoo", "samsung-email")
# Without these a mail looks plainer, and says the same.
GRACEFUL = re.compile(
    r"css-(border-radius|border-radius-logical|box-shadow|text-shadow|transition|animation"
    r"|at-|pseudo-|cursor|opacity|letter-spacing|word-spacing|outline|hyphen|text-"
    r"|overflow|word-|font-(kerning|stretch|size-adjust)|max-width|min-width|max-height"
    r"|min-height|color-scheme|orphans|widows|filter|user-select|display-none|tab-size"
    r"|caption-side|empty-cells|accent-color|list-style|important|comments|sytem-ui)"
    r"|html-(abbr|acronym|address|aria-|bdi|del|dfn|lang|loading|meta-color|popover"
    r"|role|rp|rt|ruby|semantics|small|target|wbr)"
)
_ALIASES = {
    "column-gap": "gap",
    "row-gap": "gap",
    "grid-template-areas": "grid-template",
    "grid-template-columns": "grid-template",
    "grid-template-rows": "grid-template",
    "left": "left-right-top-bottom",
    "right": "left-right-top-bottom",
    "top": "left-right-top-bottom",
    "bottom": "left-right-top-bottom",
    "block-size": "block-inline-size",
    "margin-inline": "margin-inline-block",
    "margin-block": "margin-inline-block",
    "margin-inline-start": "margin-inline-start-end",
    "margin-inline-end": "margin-inline-start-end",
    "padding-inline": "padding-inline-block",
    "padding-block": "padding-inline-block",
    "padding-inline-start": "padding-inline-start-end",
    "padding-inline-end": "padding-inline-start-end",
    "columns": "column-layout-properties",
}
_DISPLAYS = {
    "flex": "css-display-flex",
    "inline-flex": "css-display-flex",
    "grid": "css-display-grid",
    "inline-grid": "css-display-grid",
}
_FUNCTIONS = {
    "var(": "css-variables",
    "calc(": "css-unit-calc",
    "clamp(": "css-function-clamp",
    "min(": "css-function-min",
    "max(": "css-function-max",
    "linear-gradient(": "css-linear-gradient",
    "radial-gradient(": "css-radial-gradient",
    "conic-gradient(": "css-conic-gradient",
    "light-dark(": "css-function-light-dark",
    "oklch(": "css-modern-color",
    "oklab(": "css-modern-color",
}
_FUNCTION = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, _FUNCTIONS)) + ")")
_UNIT = re.compile(r"(?<![\w.#])[0-9]*\.?[0-9]+(rem|vh|vw|vmin|vmax|ch|ex)\b")
_PSEUDO = re.compile(r"::?[a-z-]+")
_ELEMENTS = {
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "html-h1-h6"),
    **dict.fromkeys(["ul", "ol", "dl"], "html-lists"),
    **dict.fromkeys(
        ["article", "figcaption", "figure", "footer", "header", "main", "section"],
        "html-semantics",
    ),
    "map": "html-image-maps",
}
_IMAGE_TYPE = re.compile(
    r"\.(apng|avif|bmp|gif|hdr|heif|ico|mp4|svg|tiff|webp)(?:[?#]|$)"
)


@dataclass(frozen=True, slots=True)
class Feature:
    """What Can I email says of one feature: programs by their keys."""

    title: str
    missing_in: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """All features by slug, and the programs' names by key."""

    updated: str
    programs: dict[str, str]
    features: dict[str, Feature]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that some programs do not show, where it stands, and which they are."""

    written: str
    line: int
    programs: list[str]
    is_graceful: bool


def known_facts() -> Facts | None:
    """What the front end's build brought; None where it was not built."""
    return _read() if settings.DEBUG else _read_once()


@functools.cache
def _read_once() -> Facts | None:
    return _read()


def _read() -> Facts | None:
    path = built_path(SUPPORT_FILE)
    if path is None:
        return None
    given = json.loads(path.read_text())
    features = {
        slug: Feature(feature["title"], tuple(feature["missing"]))
        for slug, feature in given["features"].items()
    }
    return Facts(given["updated"], given["programs"], features)


def gaps(tree: Tree, source: str, facts: Facts) -> list[Gap]:
    """What the author of ``source`` wrote and a main program does not show.

    What only our compiler writes is left out: it comes with its own fallbacks.
    In the order of lines, each feature once.
    """
    found: dict[str, Gap] = {}
    for slug, token in _uses(tree):
        feature = facts.features.get(slug)
        if feature is None or slug in found or not _is_missed(feature):
            continue
        line = _line_of(source, token)
        if line:
            found[slug] = Gap(
                written=feature.title,
                line=line,
                programs=[facts.programs[key] for key in feature.missing_in],
                is_graceful=GRACEFUL.match(slug) is not None,
            )
    return sorted(found.values(), key=lambda gap: (gap.is_graceful, gap.line))


def _is_missed(feature: Feature) -> bool:
    return any(key.startswith(MAIN_PROGRAMS) for key in feature.missing_in)


def _line_of(source: str, token: str) -> int:
    """The first line that holds ``token``; 0 if none does."""
    edge = r"(?<![\w-])" if token[0].isalnum() else ""
    end = r"(?![\w-])" if token[-1].isalnum() else ""
    found = re.search(edge + re.escape(token) + end, source, re.IGNORECASE)
    return source.count("\n", 0, found.start()) + 1 if found else 0


def _uses(tree: Tree) -> Iterator[tuple[str, str]]:
    """Features by slug, each with the token by which it is found in the source."""
    seen: set[tuple[str, str]] = set()
    for element in tree.elements:
        yield from _of_element(element)
        yield from _of_declarations(element.style, seen)
    for rule in tree.rules:
        yield from _of_declarations(rule.declarations, seen)
        yield from _of_selectors(rule.selectors)
    for written in at_rules(tree.css):
        name = written.split()[0].rstrip("(").lower()
        yield f"css-at-{name[1:]}", name


def _of_element(element: Element) -> Iterator[tuple[str, str]]:
    name = element.name
    yield _ELEMENTS.get(name, f"html-{name}"), f"<{name}"
    for attribute in element.attributes:
        if attribute in {"srcset", "background", "loading"}:
            yield f"html-{attribute}", attribute
    address = element.attributes.get("src", "").lower() if name == "img" else ""
    if address.startswith("data:"):
        yield "image-base64", "data:"
    elif kind := _IMAGE_TYPE.search(address):
        yield f"image-{kind.group(1)}", f".{kind.group(1)}"


def _of_declarations(
    style: Declarations, seen: set[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    for name, declared in style.items():
        if (name, declared.value) in seen:
            continue
        seen.add((name, declared.value))
        yield from _of_property(name, declared.value.lower())


def _of_property(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name.startswith("--"):
        yield "css-variables", name
    elif name == "display":
        if value in _DISPLAYS:
            yield _DISPLAYS[value], value
    elif name not in {"flex-direction", "flex-wrap"}:  # told by display:flex
        yield f"css-{_ALIASES.get(name, name)}", name
    for function in _FUNCTION.findall(value):
        yield _FUNCTIONS[function], function
    for unit in _UNIT.findall(value):
        yield f"css-unit-{unit}", _UNIT.search(value).group()  # type: ignore[union-attr]


def _of_selectors(selectors: Iterable[str]) -> Iterator[tuple[str, str]]:
    for pseudo in (p for selector in selectors for p in _PSEUDO.findall(selector)):
        kind = "element" if pseudo.startswith("::") else "class"
        yield f"css-pseudo-{kind}-{pseudo.lstrip(':')}", pseudo
