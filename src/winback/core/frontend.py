"""Where the built front end lies: names of files after their content."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TypedDict, cast

from django.conf import settings
from django.templatetags.static import static

DIST = Path(__file__).resolve().parent / "static" / "winback" / "dist"


class BuiltFile(TypedDict, total=False):
    file: str
    css: list[str]
    imports: list[str]


def built_files() -> dict[str, BuiltFile]:
    """Vite's manifest; empty when the front end was not built."""
    return _read() if settings.DEBUG else _read_once()


@functools.cache
def _read_once() -> dict[str, BuiltFile]:
    return _read()


def _read() -> dict[str, BuiltFile]:
    try:
        text = (DIST / "manifest.json").read_text()
    except FileNotFoundError:
        return {}
    return cast("dict[str, BuiltFile]", json.loads(text))


def file_url(source: str) -> str:
    """The address of what ``source`` became; empty when it was not built."""
    entry = built_files().get(source)
    return static(f"winback/dist/{entry['file']}") if entry else ""


def built_path(source: str) -> Path | None:
    """Where what ``source`` became lies on the disk; None when it was not built."""
    entry = built_files().get(source)
    return DIST / entry["file"] if entry else None


def style_urls(source: str) -> list[str]:
    """The style sheets a script brings along, those of shared parts included."""
    files = built_files()
    waiting, seen, styles = [source], set(), []
    while waiting:
        name = waiting.pop()
        if name in seen or name not in files:
            continue
        seen.add(name)
        styles.extend(files[name].get("css", []))
        waiting.extend(files[name].get("imports", []))
    return [static(f"winback/dist/{name}") for name in styles]
