"""A mail inside a page of ours: what its frame may do, and in which colours."""

from __future__ import annotations

import re

_SCHEME = re.compile(
    r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE
)
_META_SCHEME = re.compile(
    r"(<meta name=\"(?:supported-)?color-schemes?\" content=\")[^\"]*", re.IGNORECASE
)
_ALWAYS, _NEVER = "(min-width:0px)", "(max-width:0px)"


def frame_policy(images: str) -> str:
    """The Content-Security-Policy of a framed mail; ``images`` is its img-src.

    The mail may show its own styles, and pictures from where they are allowed; it
    runs nothing and goes nowhere.
    """
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src {images}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
    )


def in_colours(html: str, *, dark: bool) -> str:
    """``html`` as a program shows it whose reader prefers dark, or light, colours."""

    def settled(match: re.Match[str]) -> str:
        return _ALWAYS if (match.group(1).lower() == "dark") is dark else _NEVER

    scheme = "dark" if dark else "light"
    return _META_SCHEME.sub(rf"\g<1>{scheme}", _SCHEME.sub(settled, html))
