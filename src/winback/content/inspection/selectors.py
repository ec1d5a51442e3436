"""Which elements a selector means, as far as mails use them."""

from __future__ import annotations

import re
from functools import lru_cache

from winback.content.inspection.tree import Element

_SIMPLE = re.compile(
    r"(?P<any>\*)|(?P<name>[a-z][\w-]*)|\.(?P<class>[\w-]+)|#(?P<id>[\w-]+)"
    r"|\[(?P<attribute>[\w-]+)(?:(?P<how>[~*^$|]?)=[\"']?(?P<value>[^\"'\]]*)[\"']?)?\]",
    re.IGNORECASE,
)
Simple = tuple[str, str, str, str]  # kind, name, how, value
Compound = tuple[Simple, ...]


def matches(element: Element, selector: str) -> bool:
    """Whether ``selector`` means this element.

    Names, classes, ids, attributes, and what an element lies in (``a b`` and
    ``a > b`` alike). A selector with more in it means nothing here.
    """
    compounds = _compounds(selector)
    if not compounds or not _fits(element, compounds[-1]):
        return False
    above = element.parent
    for compound in reversed(compounds[:-1]):
        while above is not None and not _fits(above, compound):
            above = above.parent
        if above is None:
            return False
        above = above.parent
    return True


@lru_cache(maxsize=2000)
def _compounds(selector: str) -> tuple[Compound, ...]:
    compounds: list[Compound] = []
    for word in selector.replace(">", " ").split():
        compound = _compound(word)
        if compound is None:
            return ()
        compounds.append(compound)
    return tuple(compounds)


def _compound(word: str) -> Compound | None:
    simples: list[Simple] = []
    position = 0
    while position < len(word):
        found = _SIMPLE.match(word, position)
        if found is None:
            return None
        simples.append(_simple(found))
        position = found.end()
    return tuple(simples)


def _simple(found: re.Match[str]) -> Simple:
    if name := found.group("attribute"):
        return ("attribute", name.lower(), found["how"] or "", found["value"] or "")
    for kind in ("name", "class", "id"):
        if value := found.group(kind):
            return (kind, value.lower() if kind == "name" else value, "", "")
    return ("any", "", "", "")


def _fits(element: Element, compound: Compound) -> bool:
    return all(_is(element, *simple) for simple in compound)


def _is(element: Element, kind: str, name: str, how: str, value: str) -> bool:
    if kind == "any":
        return True
    if kind == "name":
        return element.name == name
    if kind == "class":
        return name in element.classes
    if kind == "id":
        return element.attributes.get("id") == name
    own = element.attributes.get(name)
    if own is None:
        return False
    tests = {
        "": own == value or not value,
        "*": value in own,
        "^": own.startswith(value),
        "$": own.endswith(value),
        "~": value in own.split(),
        "|": own.split("-")[0] == value,
    }
    return tests[how]
