"""Refuses what the HTML and Liquid readers could not get through.

The readers behind us recurse once for each open element and search to the end
for each tag that is never closed. Both are looked for here first, in one pass,
so that no content can end the process or keep it busy.
"""

from __future__ import annotations

import re

# Deeper than any newsletter is (some 60), far below what the readers survive.
MAX_DEPTH = 300
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][\w:-]*)")
_OPENS = re.compile(r"{{|{%-?\s{0,20}(?P<name>raw|comment)?\b|{%")
_ENDS = {
    "raw": re.compile(r"{%-?\s{0,20}endraw\s{0,20}-?%}"),
    "comment": re.compile(r"{%-?\s{0,20}endcomment\s{0,20}-?%}"),
}
# A parser carries these on after whatever is closed around them.
_FORMATTING = frozenset(
    [
        "a",
        "b",
        "big",
        "code",
        "em",
        "font",
        "i",
        "nobr",
        "s",
        "small",
        "strike",
        "strong",
        "tt",
        "u",
    ]
)
# Their end may be left out, so that a row of them is no nest.
_ENDS_BY_ITSELF = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "colgroup",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "source",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "track",
        "wbr",
    ]
)


def line_too_deep(source: str) -> int | None:
    """The line from 1 at which elements are nested too deeply; None if nowhere."""
    open_names: list[str] = []
    carried = 0
    for tag in _TAG.finditer(source):
        name = tag["name"].lower()
        if name in _ENDS_BY_ITSELF:
            continue
        if name in _FORMATTING:
            carried = max(0, carried + (-1 if tag["close"] else 1))
        elif not tag["close"]:
            open_names.append(name)
        elif name in open_names:
            while open_names.pop() != name:
                pass
        if len(open_names) + carried > MAX_DEPTH:
            return _line(source, tag.start())
    return None


def line_never_closed(source: str) -> tuple[int, str] | None:
    """Where Liquid opens that never closes, and what is missing there."""
    at = 0
    while opened := _OPENS.search(source, at):
        if opened.group() == "{{":
            closes, missing = source.find("}}", opened.end()), "}}"
        else:
            closes, missing = source.find("%}", opened.end()), "%}"
        if closes < 0:
            return _line(source, opened.start()), missing
        at = closes + 2
        name = opened["name"]
        if name in _ENDS and source[opened.end("name") : closes].strip(" \t\n-") == "":
            end = _ENDS[name].search(source, at)
            if end is None:
                return _line(source, opened.start()), f"{{% end{name} %}}"
            at = end.end()
    return None


def _line(source: str, at: int) -> int:
    return source.count("\n", 0, at) + 1
