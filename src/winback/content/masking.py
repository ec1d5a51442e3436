"""Keeps Liquid out of the way while a content goes through HTML tools.

MJML compiler, CSS inliner and HTML cleaner know nothing of Liquid and would
move, escape or drop it. Each tag is exchanged for a mark that they all leave
alone, and put back afterwards.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

_OPENS = re.compile(r"{{|{%(?:-?\s*+(?P<block>raw|comment)\s*+-?%})?")
_ENDS = {
    "raw": re.compile(r"{%-?\s*+endraw\s*+-?%}"),
    "comment": re.compile(r"{%-?\s*+endcomment\s*+-?%}"),
}
_OPENS_COMMENT = re.compile(r"{%-?\s*+comment\b")
_BRACES = re.compile(r"{[{%]|[%}]}")
_MARK = re.compile(r"<!--zqlq(\d+)qz-->|zqlq(\d+)qz")
_WORD = re.compile(r"zqlq(\d+)qz")
_COMMENT = re.compile(r"<!--(zqlq\d+qz)-->")
_TAG = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)(?P<rest>[^<>]*)>", re.DOTALL
)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)


class Mask:
    """The Liquid of one content, and the marks that stand for it.

    A mark holds a number that nobody can guess: what looks like one once the HTML
    is read (``zqlq&#48;qz``) belongs to no mask and stays as it is.
    """

    def __init__(self) -> None:
        self._originals: list[str] = []
        self._own = str(secrets.randbelow(9 * 10**11) + 10**11)

    def add(self, liquid: str) -> str:
        """A mark that ``restore`` will exchange for ``liquid``."""
        self._originals.append(liquid)
        return self._mark(len(self._originals) - 1)

    def _mark(self, number: int) -> str:
        return f"zqlq{self._own}{number}qz"

    def hide(self, source: str) -> str:
        """``source`` with a word in place of every piece of Liquid.

        Linear in its input: an end that is nowhere is looked for once.
        """
        out: list[str] = []
        at = position = 0
        absent: set[str] = set()
        while opened := _OPENS.search(source, position):
            end = _end_of(source, opened, absent)
            if end is None:
                position = opened.start() + 1
                continue
            out += [source[at : opened.start()], self._hidden(source, opened, end)]
            at = position = end
        return "".join([*out, source[at:]])

    def _hidden(self, source: str, opened: re.Match[str], end: int) -> str:
        whole = source[opened.start() : end]
        ends = _ENDS["raw"].search(whole) if opened["block"] == "raw" else None
        if ends:
            # Only the braces are hidden, so that the rest is cleaned as ever.
            return _BRACES.sub(
                lambda brace: self.add("{% raw %}" + brace.group() + "{% endraw %}"),
                whole[len(opened.group()) : ends.start()],
            )
        if _OPENS_COMMENT.match(whole):
            return "\n" * whole.count("\n")  # lines keep their numbers
        return self.add(whole)

    def restore(self, text: str) -> str:
        """``text`` with the Liquid back in its places."""
        return _MARK.sub(self._original, text)

    def _original(self, mark: re.Match[str]) -> str:
        number = self._number(mark)
        return mark.group() if number is None else self._originals[number]

    def _number(self, mark: re.Match[str]) -> int | None:
        digits: str = mark.group(1) or mark.group(2)
        rest = digits.removeprefix(self._own)
        if rest == digits or not 0 < len(rest) < 10:
            return None
        return int(rest) if int(rest) < len(self._originals) else None

    def marks_of(self, pattern: re.Pattern[str]) -> list[str]:
        """The marks whose Liquid begins like ``pattern``."""
        return [
            self._mark(number)
            for number, original in enumerate(self._originals)
            if pattern.match(original)
        ]

    def has_liquid(self, text: str) -> bool:
        return any(self._number(m) is not None for m in _MARK.finditer(text))

    def begins_with_liquid(self, text: str) -> bool:
        """Whether a mark is the first thing in ``text``, spaces aside."""
        first = _MARK.match(text.lstrip())
        return first is not None and self._number(first) is not None


def _end_of(source: str, opened: re.Match[str], absent: set[str]) -> int | None:
    """Where a piece of Liquid ends; None if nowhere. ``absent`` remembers what for."""
    block = opened["block"]
    if block and block not in absent:
        if ends := _ENDS[block].search(source, opened.end()):
            return ends.end()
        absent.add(block)
    closes = "}}" if opened.group() == "{{" else "%}"
    if closes in absent:
        return None
    place = source.find(closes, opened.start() + 2)
    if place < 0:
        absent.add(closes)
        return None
    return place + 2


def marks_to_words(text: str) -> str:
    """Comment marks as words, for readers that drop comments."""
    return _COMMENT.sub(r"\1", text)


def marks_as_comments(text: str) -> str:
    """``text`` with its marks as comments, which stay where text may not be."""
    return _WORD.sub(r"<!--\g<0>-->", text)


def marks_in(text: str) -> list[str]:
    """The marks of ``text`` in their order."""
    return [match.group() for match in _WORD.finditer(text)]


def settle_marks(
    source: str,
    is_structural: Callable[[str], bool],
    settled: Callable[[str], str] = marks_as_comments,
) -> str:
    """``source`` with the text between structural elements as ``settled`` makes it.

    Text directly inside a table or an ``mj-column`` would be moved or dropped.
    """
    out: list[str] = []
    open_names: list[str] = []

    def settle(text: str) -> str:
        if not open_names or not is_structural(open_names[-1]):
            return text
        return settled(text)

    position = 0
    for match in _TAG.finditer(source):
        out.append(settle(source[position : match.start()]))
        out.append(match.group())
        position = match.end()
        _follow(match, open_names)
    out.append(settle(source[position:]))
    return "".join(out)


def _follow(match: re.Match[str], open_names: list[str]) -> None:
    name = (match.group("name") or "").lower()
    if not name or name in VOID or match.group("rest").rstrip().endswith("/"):
        return
    if not match.group("close"):
        open_names.append(name)
    elif name in open_names:
        while open_names.pop() != name:
            pass
