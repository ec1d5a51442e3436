"""Where uploaded pictures stand: what uses one, so that it is never removed.

Rooms above tell of their own contents through ``register_uses``. Nothing is
kept about uses: they are read from the contents when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from winback.content.models import TemplateContent, TemplateVersion
from winback.content.pictures import NAME
from winback.core.formats import number_text

# Every address of a picture has it, whatever the installation's own is or was.
IN_ADDRESS = "/i/"
_ADDRESSED = re.compile(f"{IN_ADDRESS}({NAME.pattern})")


@dataclass(frozen=True, slots=True)
class Place:
    """A thing that shows a picture: what it is, its name, its page."""

    kind: str
    name: str
    url: str


# What a room has: each content with the place where it stands.
Source = Callable[[], Iterator[tuple[str, Place]]]
_sources: list[Source] = []


def register_uses(source: Source) -> None:
    """Ask ``source`` as well, whenever somebody wants to know.

    It yields the source of each content that may show a picture (those without
    ``IN_ADDRESS`` may be left out) with its place. A second call with the same
    one changes nothing.
    """
    if source not in _sources:
        _sources.append(source)


def names_in(source: str) -> set[str]:
    """The names of pictures that a content speaks of, whether they exist or not."""
    return set(_ADDRESSED.findall(source))


def picture_places(names: Collection[str] | None = None) -> Mapping[str, list[Place]]:
    """By picture's name, where it stands; without those that stand nowhere.

    ``names`` picks pictures; None asks for all. Each place is told once. Reads
    every content that shows pictures, one statement for each kind.
    """
    wanted = None if names is None else set(names)
    found: dict[str, dict[Place, None]] = {}
    for source in _sources:
        for text, place in source():
            here = names_in(text)
            for name in here if wanted is None else here & wanted:
                found.setdefault(name, {})[place] = None
    return {name: list(places) for name, places in found.items()}


def _templates() -> Iterator[tuple[str, Place]]:
    rows = TemplateContent.objects.filter(body__contains=IN_ADDRESS)
    columns = rows.values_list("body", "template_id", "template__name")
    for body, pk, name in columns.iterator():
        yield body, _template(pk, name)


def _versions() -> Iterator[tuple[str, Place]]:
    """What saved templates said before; any of it can be brought back."""
    rows = TemplateVersion.objects.annotate(text=Cast("contents", TextField()))
    columns = rows.filter(text__contains=IN_ADDRESS).values_list(
        "text", "template_id", "template__name", "number", "template__version"
    )
    for text, pk, name, number, newest in columns.iterator():
        if number != newest:
            yield text, _template(pk, _version_name(name, number))


def _version_name(name: str, number: int) -> str:
    words = _("%(name)s, version %(number)s")
    return words % {"name": name, "number": number_text(number)}


def _template(pk: int, name: str) -> Place:
    return Place(_("Template"), name, reverse("content:template", args=[pk]))


register_uses(_templates)
register_uses(_versions)
