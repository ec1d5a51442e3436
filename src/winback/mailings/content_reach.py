"""Who gets which language, and whose merge fields stay empty: one pass for both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from winback.content.errors import ContentError
from winback.content.fields import MERGE_FIELDS
from winback.content.languages import (
    GENERAL,
    LanguageOrder,
    language_order,
    normalized_language,
)
from winback.content.merge import EMPTY_WHEN
from winback.content.rendering import CompiledContent
from winback.core.models import Installation
from winback.crm.models import Lead
from winback.mailings.contents import (
    compile_version_content,
    content_for,
    main_version,
    written_language,
)
from winback.mailings.models import Mailing, VersionContent
from winback.mailings.queries import planned_people


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyField:
    """A merge field that says nothing to some of the people to be mailed."""

    path: str
    people: int  # they see a hole
    with_fallback: int  # they see the fallback's words, or what a condition says


@dataclass(frozen=True, slots=True)
class LanguageReach:
    """One content, and the people who get it by the language that they speak."""

    language: str
    written: str  # what it is in; the general one is in the installation's language
    by_language: dict[str, int] = field(default_factory=dict)

    @property
    def people(self) -> int:
        return sum(self.by_language.values())

    @property
    def speakers(self) -> int:
        """Those whose own language, or its main one, it is."""
        return sum(
            count
            for spoken, count in self.by_language.items()
            if self.written in _own_languages(spoken)
        )

    @property
    def without(self) -> int:
        """Those of whom no language is known."""
        return self.by_language.get("", 0)

    @property
    def others(self) -> dict[str, int]:
        """Those who speak something that nothing is written in, most first."""
        found = {
            spoken: count
            for spoken, count in self.by_language.items()
            if spoken and self.written not in _own_languages(spoken)
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _own_languages(spoken: str) -> set[str]:
    code = normalized_language(spoken)
    return {code, code.split("-")[0]} - {""}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentReach:
    """What one pass over the audience tells of a mailing's contents."""

    languages: list[LanguageReach]
    empty_fields: list[EmptyField]


@dataclass(frozen=True, slots=True)
class FieldUse:
    """The merge fields of one content: written anywhere, and without a fallback."""

    used: Collection[str]
    bare: Collection[str]


def content_reach(
    mailing: Mailing, compiled: Mapping[str, CompiledContent], *, now: datetime
) -> ContentReach:
    """Who of the people to be mailed gets which content, and what is empty there.

    ``compiled`` are the contents by language, as far as they can be used. One
    statement over the audience, grouped by language. Fields come in the order
    of the catalogue; those that are empty for nobody are left out. Raises
    RuleTreeError.
    """
    contents = list(main_version(mailing).contents.order_by("language"))
    installation = Installation.current()
    order = language_order(installation)
    uses = {
        language: FieldUse(content.used_fields, content.bare_fields)
        for language, content in compiled.items()
    }
    paths = _countable(uses.values())
    rows = _counted(planned_people(mailing, now=now), paths)
    reach = {
        content.language: LanguageReach(
            content.language, written_language(content, installation)
        )
        for content in contents
    }
    holes, filled = dict.fromkeys(paths, 0), dict.fromkeys(paths, 0)
    for spoken, people, empty in rows:
        content = content_for(contents, spoken, order)
        if content is None:
            continue
        by_language = reach[content.language].by_language
        by_language[spoken] = by_language.get(spoken, 0) + people
        use = uses.get(content.language)
        for path, count in zip(paths, empty, strict=True):
            if use and path in use.used:
                place = holes if path in use.bare else filled
                place[path] += count
    return ContentReach(
        languages=list(reach.values()),
        empty_fields=[
            EmptyField(path=path, people=holes[path], with_fallback=filled[path])
            for path in paths
            if holes[path] or filled[path]
        ],
    )


def _countable(uses: Collection[FieldUse]) -> list[str]:
    used = {path for use in uses for path in use.used}
    return [
        one.path for one in MERGE_FIELDS if one.path in used and one.path in EMPTY_WHEN
    ]


def _counted(
    people: QuerySet[Lead], paths: Sequence[str]
) -> list[tuple[str, int, list[int]]]:
    """Language, people, and for how many each field is empty; by one statement."""
    counts = {"people": Count("pk")} | {
        f"empty_{number}": Count("pk", filter=EMPTY_WHEN[path])
        for number, path in enumerate(paths)
    }
    rows: QuerySet[Any, Any] = people.order_by().values("language").annotate(**counts)
    return [
        (language, number, empty)
        for language, number, *empty in rows.values_list("language", *counts)
    ]


def compiled_contents(
    mailing: Mailing,
) -> tuple[dict[str, CompiledContent], dict[str, ContentError]]:
    """The mailing's contents by language: those that can be used, and the others."""
    installation = Installation.current()
    compiled: dict[str, CompiledContent] = {}
    faults: dict[str, ContentError] = {}
    for content in main_version(mailing).contents.order_by("language"):
        try:
            compiled[content.language] = compile_version_content(
                content, mailing, installation
            )
        except ContentError as error:
            faults[content.language] = error
    return compiled, faults


def people_with_empty_field(
    mailing: Mailing, path: str, *, bare: bool, now: datetime
) -> QuerySet[Lead]:
    """The people behind a figure of ``content_reach``, in a stable order.

    ``bare`` picks those who see a hole, else those who see a fallback. Nobody
    for a field that the report does not know. Raises RuleTreeError.
    """
    people = planned_people(mailing, now=now)
    condition = EMPTY_WHEN.get(path)
    if condition is None:
        return people.none()
    contents = list(main_version(mailing).contents.all())
    order = language_order(Installation.current())
    compiled, _faults = compiled_contents(mailing)
    wanted = {
        language
        for language, content in compiled.items()
        if path in content.used_fields and (path in content.bare_fields) is bare
    }
    spoken = people.order_by().values_list("language", flat=True).distinct()
    return people.filter(condition).filter(
        Q(language__in=[s for s in spoken if _gets(contents, s, order) in wanted])
    )


def _gets(
    contents: list[VersionContent], spoken: str, order: LanguageOrder
) -> str | None:
    content = content_for(contents, spoken, order)
    return None if content is None else content.language


__all__ = [
    "GENERAL",
    "ContentReach",
    "EmptyField",
    "LanguageReach",
    "compiled_contents",
    "content_reach",
    "people_with_empty_field",
]
