"""Style sheets and style attributes that only style."""

from __future__ import annotations

import re
from collections.abc import Container
from urllib.parse import urlsplit

# Style sheets that hold typefaces and nothing else; others could bring anything.
FONT_HOSTS = frozenset(
    [
        "fonts.googleapis.com",
        "fonts.bunny.net",
        "use.typekit.net",
        "use.fontawesome.com",
        "fast.fonts.net",
        "cloud.typography.com",
    ]
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?|\\")
_IMPORT = re.compile(
    r"@import\s*+(?:url\(\s*+)?(?P<quote>[\"']?)(?P<url>[^\"')\s;<>]*)(?P=quote)\s*\)?"
    r"[^;{}]*;?",
    re.IGNORECASE,
)
_RUNS = re.compile(
    r"expression\s*+\(|(?:java|vb)script\s*+:|-moz-binding|behaviou?r\s*+:",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"url\(\s*+[\"']?\s*+([a-z][a-z0-9+.-]*+:[^\"')]{0,40})", re.I)
_LOADS_FINE = re.compile(
    r"https?:|cid:|data:(?:image/(?!svg)|font/|application/(?:x-)?font)", re.IGNORECASE
)
_STYLED = re.compile(r"(\sstyle=\")([^\"<>]*)\"")
_DECLARATION = re.compile(
    r"(?<![^;])\s*[\w-]+\s*:(?:[^;\"'(){}]|'[^']*'|\([^()]*\))*(?:;|$)"
)


def is_font_sheet(url: str) -> bool:
    """Whether ``url`` is a sheet of a known house of typefaces, by https."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme == "https" and parts.hostname in FONT_HOSTS


def safe_sheet(css: str, fonts: Container[str] = ()) -> str:
    """``css`` without what runs or loads more than a typeface or a picture.

    ``fonts`` are addresses that may be imported beside those of known houses. A
    sheet that hides something behind escapes or comments is dropped whole.
    """
    css = css.replace("<!--", "").replace("-->", "").replace("<", "")

    def may_load(url: str) -> bool:
        return url in fonts or is_font_sheet(url)

    def take(match: re.Match[str]) -> str:
        return match.group() if may_load(match["url"]) else ""

    kept = _IMPORT.sub(take, css)
    kept = ";".join(_neutral(piece) for piece in kept.split(";"))
    hidden = [m["url"] for m in _IMPORT.finditer(_readable(kept))]
    return kept if all(map(may_load, hidden)) and not _suspect(kept) else ""


def loads_sheets(css: str) -> bool:
    """Whether ``css`` imports a sheet that is not of a known house of typefaces."""
    return any(not is_font_sheet(match["url"]) for match in _IMPORT.finditer(css))


def safe_style(declarations: str) -> str:
    """A style attribute's declarations without those that run or load anything."""
    pieces = declarations.split(";")
    if not any(map(_suspect, pieces)):
        return declarations
    kept = ";".join(piece for piece in pieces if not _suspect(piece))
    return kept if not _suspect(kept) else ""


def sound_styles(html: str) -> str:
    """``html`` with only those declarations in its style attributes that are one.

    What its author wrote wrongly there, every reader passes over; the inliner
    stops at it.
    """
    return _STYLED.sub(
        lambda styled: styled[1] + "".join(_DECLARATION.findall(styled[2])) + '"', html
    )


def runs(css: str) -> bool:
    """Whether a sheet or a style attribute would run something somewhere."""
    return bool(_RUNS.search(_readable(css)))


def _neutral(piece: str) -> str:
    return _RUNS.sub("", piece) if _RUNS.search(piece) else piece


def _suspect(css: str) -> bool:
    readable = _readable(css)
    if _RUNS.search(readable):
        return True
    return any(not _LOADS_FINE.match(m.group(1)) for m in _SCHEME.finditer(readable))


def _readable(css: str) -> str:
    """``css`` as its reader understands it: without comments and escapes."""
    if "\\" in css:
        css = _ESCAPE.sub(_unescaped, css)
    return _COMMENT.sub("", css) if "/*" in css else css


def _unescaped(match: re.Match[str]) -> str:
    if match.group(1) is None:
        return ""
    code = int(match.group(1), 16)
    return chr(code) if 0 < code < 0x110000 else ""
