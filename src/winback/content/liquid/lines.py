"""A line with Liquid in it, such as a subject, cut up so that people can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"{{-?\s*(?P<hole>.*?)\s*-?}}|{%-?\s*(?P<tag>.*?)\s*-?%}", re.DOTALL
)
_TEXT = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_FALLBACK = re.compile(r"\|\s*default\s*:\s*(?:\"([^\"]*)\"|'([^']*)')")
_OPENING = {"if", "unless", "case", "for", "capture", "comment"}
_TURNING = {"else", "elsif", "when"}


@dataclass(frozen=True, slots=True)
class Words:
    """Words that everybody gets."""

    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A place that is filled for each person."""

    path: str  # "lead.first_name"
    fallback: str = ""  # what stands there for people without a value


@dataclass(slots=True)
class _Block:
    name: str
    is_shown: bool
    branches: int = 0


def line_parts(source: str) -> list[Words | Hole]:
    """The words and holes of ``source`` in order; of several branches the first.

    Reads what people write in one line, not all of Liquid. Never raises: what
    is not closed counts as words.
    """
    parts: list[Words | Hole] = []
    blocks: list[_Block] = []
    at = 0
    for token in _TOKEN.finditer(source):
        _add(parts, source[at : token.start()], blocks)
        at = token.end()
        if token["hole"] is None:
            _follow(blocks, token["tag"])
        elif all(block.is_shown for block in blocks):
            parts.append(_hole(token["hole"]))
    _add(parts, source[at:], blocks)
    return list(_joined(parts))


def _add(parts: list[Words | Hole], text: str, blocks: list[_Block]) -> None:
    if text and all(block.is_shown for block in blocks):
        parts.append(Words(text))


def _hole(expression: str) -> Words | Hole:
    if text := _TEXT.match(expression):
        return Words(text[1] or text[2] or "")
    fallback = _FALLBACK.search(expression)
    words = (fallback[1] or fallback[2] or "") if fallback else ""
    return Hole(expression.partition("|")[0].strip(), words)


def _follow(blocks: list[_Block], tag: str) -> None:
    name = tag.split(maxsplit=1)[0] if tag else ""
    if name in _OPENING:
        is_shown = name not in {"capture", "comment", "case"}
        blocks.append(_Block(name, is_shown))
    elif name.startswith("end") and blocks:
        blocks.pop()
    elif name in _TURNING and blocks:
        block = blocks[-1]
        block.branches += 1
        block.is_shown = block.name == "case" and block.branches == 1


def _joined(parts: list[Words | Hole]) -> Iterator[Words | Hole]:
    """Neighbouring words made one."""
    text = ""
    for part in parts:
        if isinstance(part, Words):
            text += part.text
            continue
        if text:
            yield Words(text)
        text = ""
        yield part
    if text:
        yield Words(text)
