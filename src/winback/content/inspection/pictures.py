"""A mail's pictures: what they are, what they weigh, what stands in for them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from winback.content.inspection.tree import Element, Tree

# Our own choices: what a phone on a slow line loads within a few seconds.
HEAVY_MAIL_BYTES = 1_000_000
HEAVY_PICTURE_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; ``address`` as each person gets it."""

    address: str
    has_alt: bool

    @property
    def name(self) -> str:
        """The last part of its address, as its author knows it."""
        path = _path(self.address).rstrip("/")
        return path.rpartition("/")[2] or self.address[:80]

    @property
    def is_outside(self) -> bool:
        return self.address.lower().startswith(("http://", "https://"))


def pictures_of(tree: Tree) -> list[Picture]:
    """Those that people see, in order; one-pixel pictures are left out."""
    return [
        Picture(element.attributes.get("src", ""), "alt" in element.attributes)
        for element in tree.named("img")
        if not _is_invisible(element)
    ]


def _is_invisible(element: Element) -> bool:
    sides = [element.attributes.get(name, "").strip() for name in ("width", "height")]
    return all(side in {"0", "1", "0px", "1px"} for side in sides)


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""
