"""How a file's columns become fields: guessed from headers, or given as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from winback.core.text import fold
from winback.crm.imports.labels import TARGETS, dialect_of, header_key
from winback.crm.imports.values import is_month_first

MAX_MAPPING_BYTES = 1_000_000
DATE_TARGETS = {
    "lost_at",
    "won_at",
    "closed_at",
    "created_at",
    "stage_changed_at",
    "last_mailed_at",
    "last_engaged_at",
}


class MappingError(Exception):
    """The mapping cannot be used; the message names the place."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """``columns``: header -> target. Several headers may share a target.

    ``values``: header -> cell (folded) -> what to read instead, as target ->
    text. ``defaults``: target -> text for rows that leave it empty. Of columns
    with one target the first that is not empty counts.
    """

    columns: dict[str, str]
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    month_first: bool = False
    dialect: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": self.columns,
            "values": self.values,
            "defaults": self.defaults,
            "month_first": self.month_first,
            "dialect": self.dialect,
        }


def guess_mapping(headers: list[str], rows: Iterable[list[str]]) -> ColumnMapping:
    """What the headers say; ``rows`` (a sample) settle the order of dates."""
    keys = {header: header_key(header) for header in headers if header}
    dialect = dialect_of(set(keys.values()))
    columns = {}
    for header, key in keys.items():
        target = dialect.labels.get(key) or dialect.labels.get(key.removesuffix("/id"))
        if target:
            columns[header] = target
    return ColumnMapping(
        columns=columns,
        month_first=_month_first(headers, columns, list(rows)),
        dialect=dialect.name,
    )


def parse_mapping(content: Any, headers: list[str]) -> ColumnMapping:
    """A mapping as the file ``--map`` and the screen give it.

    Only the columns it names are read. Raises MappingError naming a column that
    the file does not have, a target that does not exist, a value of a wrong
    kind.
    """
    if not isinstance(content, Mapping):
        raise MappingError(_("A mapping is an object with “columns”."))
    if unknown := content.keys() - {
        "columns",
        "values",
        "defaults",
        "month_first",
        "dialect",
    }:
        raise MappingError(
            _("“%(key)s” is no part of a mapping.") % {"key": min(unknown)}
        )
    known = set(headers)
    columns = {
        header: _target(target, f"columns.{header}")
        for header, target in _texts(content.get("columns", {}), "columns").items()
        if target
    }
    values = _values(content.get("values", {}))
    for header in (*columns, *values):
        if header not in known:
            raise MappingError(
                _("The file has no column “%(column)s”.") % {"column": header}
            )
    defaults = _texts(content.get("defaults", {}), "defaults")
    for target in defaults:
        _target(target, f"defaults.{target}")
    return ColumnMapping(
        columns=columns,
        values=values,
        defaults={target: text for target, text in defaults.items() if text},
        month_first=bool(content.get("month_first")),
        dialect=str(content.get("dialect", "")),
    )


def read_mapping(text: str, headers: list[str]) -> ColumnMapping:
    """``parse_mapping`` from JSON text. Raises MappingError."""
    if len(text) > MAX_MAPPING_BYTES:
        raise MappingError(_("The mapping is too long."))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MappingError(
            _("The mapping is not JSON: %(why)s.") % {"why": error}
        ) from error
    return parse_mapping(content, headers)


def _values(content: Any) -> dict[str, dict[str, dict[str, str]]]:
    if not isinstance(content, Mapping):
        raise MappingError(_("“%(place)s” must be an object.") % {"place": "values"})
    return {
        str(header): _replacements(cells, f"values.{header}")
        for header, cells in content.items()
    }


def _replacements(content: Any, place: str) -> dict[str, dict[str, str]]:
    """Cell -> targets. A plain text stands for the column's own target ("")."""
    if not isinstance(content, Mapping):
        raise MappingError(_("“%(place)s” must be an object.") % {"place": place})
    replacements = {}
    for cell, instead in content.items():
        here = f"{place}.{cell}"
        if isinstance(instead, Mapping):
            fields = _texts(instead, here)
            replacements[fold(str(cell)).strip()] = {
                _target(target, here): text for target, text in fields.items()
            }
        else:
            replacements[fold(str(cell)).strip()] = {"": _text(instead, here)}
    return replacements


def _texts(content: Any, place: str) -> dict[str, str]:
    if not isinstance(content, Mapping):
        raise MappingError(_("“%(place)s” must be an object.") % {"place": place})
    return {str(key): _text(value, f"{place}.{key}") for key, value in content.items()}


def _text(value: Any, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str | int | float | bool):
        raise MappingError(_("“%(place)s” must be a text.") % {"place": place})
    return str(value)


def _target(target: str, place: str) -> str:
    if target not in TARGETS:
        raise MappingError(
            _("“%(place)s”: there is no field “%(target)s”.")
            % {"place": place, "target": target}
        )
    return target


def _month_first(
    headers: list[str], columns: dict[str, str], rows: list[list[str]]
) -> bool:
    return any(
        is_month_first([row[index] for row in rows if row[index]])
        for index, header in enumerate(headers)
        if columns.get(header) in DATE_TARGETS
    )
