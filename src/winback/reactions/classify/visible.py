"""What a person wrote above, below or between the mail that they answer."""

from __future__ import annotations

import re

from winback.reactions.classify.quotes import (
    attribution_end,
    is_divider,
    is_header_block,
    is_quote,
    is_signature,
)

MAX_VISIBLE = 20_000
MAX_LINES = 3000


def visible_text(text: str) -> str:
    """``text`` without quoted mail, quote headers and signature.

    Never longer than what was given. Lines that answer between quotes are kept.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")[: 5 * MAX_VISIBLE]
    kept = _own_lines(text.split("\n")[:MAX_LINES])
    joined = "\n".join(line.rstrip() for line in kept)
    return re.sub(r"\n{3,}", "\n\n", joined).strip()[:MAX_VISIBLE].rstrip()


def _own_lines(lines: list[str]) -> list[str]:
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if is_divider(line) or is_header_block(lines, index):
            break
        if is_signature(line) and _own_text(kept):
            break
        if (end := attribution_end(lines, index)) is not None:
            if not _answers_below(lines[end:]):
                break
            index = end
            continue
        if not is_quote(line):
            kept.append(line)
        index += 1
    return kept


def _own_text(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)


def _answers_below(rest: list[str]) -> bool:
    """Whether quoted lines follow and then own ones: the answer stands below."""
    filled = [line for line in rest if line.strip()]
    return bool(filled) and is_quote(filled[0]) and not all(map(is_quote, filled))
