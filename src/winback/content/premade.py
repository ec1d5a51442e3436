"""Our own templates: one layout and the words of each language, in files.

A folder below ``data/premade`` is one template: ``layout.mjml`` holds
``[[word]]`` where ``words.json`` has something to say in each language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_WORD = re.compile(r"\[\[(\w+)\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PremadeContent:
    language: str
    subject: str
    preheader: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Premade:
    key: str
    name: str
    contents: tuple[PremadeContent, ...]


@lru_cache(maxsize=1)
def premade_templates() -> tuple[Premade, ...]:
    """Every template of the package, in the order of their keys."""
    folder = files("winback.content") / "data" / "premade"
    found = [entry for entry in folder.iterdir() if entry.is_dir()]
    return tuple(_read(entry) for entry in sorted(found, key=lambda e: e.name))


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


def _read(folder: Traversable) -> Premade:
    layout = (folder / "layout.mjml").read_text(encoding="utf-8")
    words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
    return Premade(
        key=folder.name,
        name=words["name"],
        contents=tuple(_contents(layout, words["languages"])),
    )


def _contents(
    layout: str, languages: dict[str, dict[str, str]]
) -> Iterator[PremadeContent]:
    for language, words in languages.items():
        yield PremadeContent(
            language=language,
            subject=words["subject"],
            preheader=words["preheader"],
            body=_filled(layout, words),
        )


def _filled(layout: str, words: dict[str, str]) -> str:
    return _WORD.sub(lambda match: words[match.group(1)], layout)
