"""Reads style sheets as far as mails need it. Linear in its input; never raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARKS = re.compile(r"[;()\"']")
_BRACES = re.compile(r"[{}]")
DEEPEST_NESTING = 3


@dataclass(frozen=True, slots=True)
class Declared:
    """What one property is set to."""

    value: str
    is_important: bool = False


Declarations = dict[str, Declared]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; ``at_rules`` are the conditions around it, outermost first."""

    selectors: tuple[str, ...]
    declarations: Declarations
    at_rules: tuple[str, ...] = ()


def declarations(text: str) -> Declarations:
    """``color: red; margin: 0`` by property, in lower case; the last one wins."""
    found: Declarations = {}
    for piece in _pieces(text):
        name, colon, value = piece.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon or not name or not value:
            continue
        bare, mark, important = value.rpartition("!")
        is_important = bool(mark) and important.strip().lower() == "important"
        if is_important:
            value = bare.strip()
        before = found.get(name)
        if before is None or is_important or not before.is_important:
            found[name] = Declared(value, is_important)
    return found


def rules(css: str) -> Iterator[Rule]:
    """The rules of a style sheet, those inside of ``@media`` and the like too."""
    yield from _rules(without_comments(css), ())


def rule_blocks(css: str) -> Iterator[tuple[list[str], str]]:
    """Selectors and body of each rule that is in no ``@media`` or the like."""
    for prelude, body in _blocks(without_comments(css)):
        if not prelude.startswith("@"):
            yield [one.strip() for one in prelude.split(",") if one.strip()], body


def at_rules(css: str) -> Iterator[str]:
    """What stands before each ``{`` or ``;`` and begins with ``@``."""
    for match in re.finditer(r"@[a-z-]+[^{};]{0,500}", without_comments(css), re.I):
        yield match.group().strip()


def without_comments(css: str) -> str:
    """``css`` without its comments; one that is never closed takes the rest."""
    out, position = [], 0
    while (opened := css.find("/*", position)) >= 0:
        out.append(css[position:opened])
        closed = css.find("*/", opened + 2)
        position = closed + 2 if closed >= 0 else len(css)
    out.append(css[position:])
    return "".join(out)


def _rules(css: str, around: tuple[str, ...]) -> Iterator[Rule]:
    for prelude, body in _blocks(css):
        if not prelude.startswith("@"):
            selectors = tuple(s.strip() for s in prelude.split(",") if s.strip())
            yield Rule(selectors, declarations(body), around)
        elif len(around) < DEEPEST_NESTING:
            yield from _rules(body, (*around, prelude))


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    depth, start, body_at = 0, 0, 0
    prelude = ""
    for brace in _BRACES.finditer(css):
        if brace.group() == "{":
            if depth == 0:
                prelude = css[start : brace.start()].rpartition(";")[2].strip()
                body_at = brace.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                yield prelude, css[body_at : brace.start()]
                start = brace.end()


def _pieces(text: str) -> Iterator[str]:
    """``text`` cut at each ``;`` outside of brackets and quotes."""
    depth, quote, start = 0, "", 0
    for mark in _MARKS.finditer(text):
        sign = mark.group()
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(0, depth - 1)
        elif depth == 0:
            yield text[start : mark.start()]
            start = mark.end()
    yield text[start:]
