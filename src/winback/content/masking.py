"""Keeps Liquid out of the way while a content goes through HTML tools.

MJML compiler, CSS inliner and HTML cleaner know nothing of Liquid and would
move, escape or drop it. Each tag is exchanged for a mark that they all leave
alone, and put back afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_LIQUID = re.compile(
    r"{%-?\s*raw\s*-?%}(?P<raw>.*?){%-?\s*endraw\s*-?%}"
    r"|{%-?\s*comment\s*-?%}.*?{%-?\s*endcomment\s*-?%}"
    r"|{{.*?}}|{%.*?%}",
    re.DOTALL,
)
_OPENS_COMMENT = re.compile(r"{%-?\s*comment\b")
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
    """The Liquid of one content, and the marks that stand for it."""

    def __init__(self) -> None:
        self._originals: list[str] = []

    def add(self, liquid: str) -> str:
        """A mark that ``restore`` will exchange for ``liquid``."""
        self._originals.append(liquid)
        return f"zqlq{len(self._originals) - 1}qz"

    def hide(self, source: str) -> str:
        """``source`` with a word in place of every piece of Liquid."""
        source = _WORD.sub("", source)  # nobody brings marks of their own
        return _LIQUID.sub(self._hide_one, source)

    def _hide_one(self, match: re.Match[str]) -> str:
        raw = match.group("raw")
        if raw is not None:
            # Only the braces are hidden, so that the rest is cleaned as ever.
            return re.sub(
                r"{[{%]|[%}]}",
                lambda brace: self.add("{% raw %}" + brace.group() + "{% endraw %}"),
                raw,
            )
        if _OPENS_COMMENT.match(match.group()):
            return "\n" * match.group().count("\n")  # lines keep their numbers
        return self.add(match.group())

    def restore(self, text: str) -> str:
        """``text`` with the Liquid back in its places."""
        return _MARK.sub(
            lambda match: self._originals[int(match.group(1) or match.group(2))], text
        )

    def marks_of(self, pattern: re.Pattern[str]) -> list[str]:
        """The marks whose Liquid begins like ``pattern``."""
        return [
            f"zqlq{number}qz"
            for number, original in enumerate(self._originals)
            if pattern.match(original)
        ]

    def has_liquid(self, text: str) -> bool:
        return _MARK.search(text) is not None


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
