"""Our own templates: one layout and the words of each language, in files.

A folder below ``data/premade`` is one template: ``layout.mjml`` holds
``[[word]]`` where ``words.json`` has something to say in each language. What all
share is in ``_frame.mjml`` and ``_words.json``; a layout that begins with
``<mjml>`` needs no frame. ``[[brand_...]]`` stays as it is: see ``branding``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_WORD = re.compile(r"\[\[((?!brand_)\w+)\]\]")
_DEFAULTS = re.compile(r"\n? *<mj-attributes>(.*?)</mj-attributes>", re.DOTALL)
_ELEMENT = re.compile(r"<(mj-[a-z]+)((?:\s+[\w-]+=\"[^\"]*\")*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
# What shows text and so takes the font that is given for all.
_WITH_FONT = frozenset({"mj-text", "mj-button", "mj-table"})
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PremadeContent:
    language: str
    subject: str
    preheader: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Premade:
    """One of our own templates; its name and what it is for, by language."""

    key: str
    names: Words
    purposes: Words
    contents: tuple[PremadeContent, ...]

    @property
    def name(self) -> str:
        return self.names["en"]


@lru_cache(maxsize=1)
def premade_templates() -> tuple[Premade, ...]:
    """Every template of the package, in the order of their keys."""
    folder = files("winback.content") / "data" / "premade"
    frame = (folder / "_frame.mjml").read_text(encoding="utf-8")
    common = json.loads((folder / "_words.json").read_text(encoding="utf-8"))
    found = [entry for entry in folder.iterdir() if entry.is_dir()]
    return tuple(
        _read(entry, frame, common) for entry in sorted(found, key=lambda e: e.name)
    )


@lru_cache(maxsize=1)
def premade_by_key() -> Mapping[str, Premade]:
    return {premade.key: premade for premade in premade_templates()}


def load_premade(template_model: type, content_model: type, *, now: datetime) -> None:
    """Write the package's templates into the database, in place of older ones.

    Safe to repeat. Takes the models so that a migration can pass its own.
    """
    templates = template_model.objects  # type: ignore[attr-defined]
    contents = content_model.objects  # type: ignore[attr-defined]
    for premade in premade_templates():
        template, _made = templates.update_or_create(
            key=premade.key,
            defaults={"name": premade.name},
            create_defaults={"name": premade.name, "created_at": now},
        )
        for content in premade.contents:
            contents.update_or_create(
                template=template,
                language=content.language,
                defaults={
                    "subject": content.subject,
                    "preheader": content.preheader,
                    "body_kind": "mjml",
                    "body": content.body,
                },
            )


def _read(folder: Traversable, frame: str, common: Mapping[str, Words]) -> Premade:
    layout = (folder / "layout.mjml").read_text(encoding="utf-8")
    languages = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    if not layout.startswith("<mjml>"):
        layout = frame.replace("[[layout]]\n", layout)
    layout = with_defaults_spread(layout)
    return Premade(
        key=folder.name,
        names={code: words["name"] for code, words in languages.items()},
        purposes={code: words["about"] for code, words in languages.items()},
        contents=tuple(_contents(layout, languages, common)),
    )


def _contents(
    layout: str, languages: Mapping[str, Words], common: Mapping[str, Words]
) -> Iterator[PremadeContent]:
    for language, words in languages.items():
        yield PremadeContent(
            language=language,
            subject=words["subject"],
            preheader=words["preheader"],
            body=_filled(layout, {**common[language], **words}),
        )


def _filled(layout: str, words: Words) -> str:
    return _WORD.sub(lambda match: words[match.group(1)], layout)


def with_defaults_spread(layout: str) -> str:
    """``layout`` without ``mj-attributes``, its values on the elements instead.

    It compiles to the same mail. The drag-and-drop editor draws each element by
    itself and knows nothing of defaults in the head.
    """
    given = "".join(match.group(1) for match in _DEFAULTS.finditer(layout))
    defaults = {
        name: dict(_ATTRIBUTE.findall(written))
        for name, written, _closed in _ELEMENT.findall(given)
    }
    for_all = defaults.pop("mj-all", {})

    def spread(match: re.Match[str]) -> str:
        name, written, closed = match.groups()
        attributes = for_all if name in _WITH_FONT else {}
        attributes = attributes | defaults.get(name, {})
        own = dict(_ATTRIBUTE.findall(written))
        attributes = attributes | own
        told = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return f"<{name}{told}{' /' if closed else ''}>"

    return _ELEMENT.sub(spread, _DEFAULTS.sub("", layout))
