"""Colours as plain values: reading, mixing and how well one is read on another.

Contrast is that of WCAG 2.2: the relative luminances of both colours, each with
0.05 added, the lighter one divided by the darker one; 1 to 21. 4.5 is the least
for text (criterion 1.4.3), 3 for the shape of a button (criterion 1.4.11).
"""

from __future__ import annotations

import re

TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
WHITE = "#ffffff"
BLACK = "#000000"
_HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\Z")
_STEPS = 40


def parse_colour(text: str) -> str | None:
    """``#rrggbb`` of ``#RGB`` or ``#RRGGBB`` in any case; None of anything else."""
    colour = text.strip().lower()
    if not _HEX.match(colour):
        return None
    if len(colour) == 4:
        return "#" + "".join(letter * 2 for letter in colour[1:])
    return colour


def mixed(colour: str, other: str, share: float) -> str:
    """``colour`` with this share (0 to 1) of ``other`` in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(
        f"{round(one * (1 - share) + two * share):02x}" for one, two in pairs
    )


def contrast(colour: str, ground: str) -> float:
    """From 1 (the same) to 21 (black and white); the order does not matter."""
    darker, lighter = sorted((_luminance(colour), _luminance(ground)))
    return (lighter + 0.05) / (darker + 0.05)


def label_on(ground: str) -> str:
    """White or a near black, whichever is read better; never under 4.5.

    White is taken where it is enough, for it is what people expect on a button.
    """
    if contrast(WHITE, ground) >= TEXT_CONTRAST:
        return WHITE
    dark = mixed(BLACK, ground, 0.08)
    return dark if contrast(dark, ground) >= TEXT_CONTRAST else BLACK


def readable(colour: str, ground: str, *, least: float = TEXT_CONTRAST) -> str:
    """``colour``, darkened or lightened until it has that contrast on ``ground``."""
    goal = BLACK if contrast(BLACK, ground) >= contrast(WHITE, ground) else WHITE
    for step in range(_STEPS + 1):
        nearer = mixed(colour, goal, step / _STEPS)
        if contrast(nearer, ground) >= least:
            return nearer
    return goal


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)
