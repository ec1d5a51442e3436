"""A mail's HTML as elements and words, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from winback.content.inspection.css import Declarations, Rule, declarations, rules
from winback.content.masking import VOID

# Deeper than this nobody nests; what lies below counts as its ancestor's.
DEEPEST_ELEMENT = 400
_WITHOUT_WORDS = frozenset({"head", "title", "style", "script", "template"})


@dataclass(slots=True, eq=False)
class Element:
    """One element; ``place`` is its number in the document."""

    name: str
    attributes: dict[str, str]
    line: int
    place: int
    parent: Element | None
    style: Declarations

    def ancestors(self) -> Iterator[Element]:
        """This element, what it lies in, and so on to the outermost."""
        element: Element | None = self
        while element is not None:
            yield element
            element = element.parent

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text that is no white space, and the element it stands in."""

    text: str
    element: Element
    line: int


@dataclass(slots=True)
class Tree:
    """A whole document."""

    elements: list[Element] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    css: str = ""

    def named(self, *names: str) -> Iterator[Element]:
        return (element for element in self.elements if element.name in names)

    @property
    def rules(self) -> list[Rule]:
        return list(rules(self.css))


def read_tree(html: str) -> Tree:
    """``html`` as a tree. Never raises: what cannot be read is left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tree


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tree = Tree()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = Element(
            name=tag,
            attributes=attributes,
            line=self.getpos()[0],
            place=len(self.tree.elements),
            parent=self._open[-1] if self._open else None,
            style=declarations(attributes.get("style", "")),
        )
        self.tree.elements.append(element)
        if tag not in VOID and len(self._open) < DEEPEST_ELEMENT:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if any(element.name == tag for element in self._open):
            while self._open.pop().name != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._open:
            return
        element = self._open[-1]
        if element.name == "style":
            self.tree.css += f"\n{data}"
            return
        text = " ".join(data.split())
        if text and element.name not in _WITHOUT_WORDS:
            self.tree.words.append(Words(text, element, self.getpos()[0]))
