"""What the menu shows. Rooms above register their pages when they start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationItem:
    """One line of a menu; ``right`` is the right it needs, None for everybody."""

    key: str
    label: str | Promise
    icon: str
    url_name: str
    right: Any = None
    area: str = "main"
    section: str | Promise = ""
    demo_only: bool = False


@dataclass(frozen=True, slots=True)
class ShownItem:
    key: str
    label: str | Promise
    icon: str
    section: str | Promise
    url: str
    current: bool


_items: dict[str, NavigationItem] = {}


def register(item: NavigationItem) -> None:
    """Add ``item`` at the end of its area, or replace the one with its key."""
    _items[item.key] = item


def shown_items(area: str, *, user: Any, path: str, demo: bool) -> list[ShownItem]:
    """The lines of ``area`` this person may use, the one they are on marked.

    A page that does not exist in this installation is left out.
    """
    found = [
        (item, url)
        for item in _items.values()
        if item.area == area
        and (demo or not item.demo_only)
        and (item.right is None or user.may(item.right))
        and (url := _address(item.url_name))
    ]
    nearest = max(
        (url for _, url in found if _is_under(path, url)), key=len, default=""
    )
    return [
        ShownItem(item.key, item.label, item.icon, item.section, url, url == nearest)
        for item, url in found
    ]


def _is_under(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
