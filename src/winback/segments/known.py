"""What a tree speaks of, read in one statement: records by name or id, the zone.

A screen that counts while people type asks this before every figure, so it must
not cost one small question for each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import connection, models

from winback.core.models import Installation
from winback.segments.fields import FIELDS
from winback.segments.lookups import name_column
from winback.segments.rules import Kind, Tree, walk

_ZONE = "zone"
_RELATIONS = frozenset({Kind.RELATION, Kind.RELATIONS})


@dataclass(frozen=True, slots=True)
class Known:
    """``own_names``: field -> id -> own name, of the records that the tree names.

    Of a field without unset values all records are there, named or not.
    """

    own_names: Mapping[str, Mapping[int, str]]
    zone: ZoneInfo


def read_known(tree: Tree) -> Known:
    """Everything that ``tree`` names by id or own name, and the zone of its dates.

    One statement, or none if there is nothing to ask. What does not exist is not
    in the answer. The zone is UTC where no rule speaks of a date.
    """
    questions = [*_questions(tree)]
    if not questions:
        return Known({}, ZoneInfo("UTC"))
    found: dict[str, dict[int, str]] = {label: {} for label, _sql, _given in questions}
    labels = [*found]
    sql = " UNION ALL ".join(
        f"SELECT {labels.index(label)}, {text}" for label, text, _given in questions
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [one for _label, _sql, given in questions for one in given])
        for at, pk, name in cursor.fetchall():
            found[labels[at]][pk] = name
    return Known(found, _zone(found.pop(_ZONE, None)))


_Question = tuple[str, str, list[Any]]


def _questions(tree: Tree) -> Iterable[_Question]:
    """What is asked, as the rest of a SELECT, and the values it is asked with."""
    wanted: dict[str, set[int | str]] = {}
    rules = [*walk(tree)]
    for rule in rules:
        if FIELDS[rule.field].kind in _RELATIONS:
            named = rule.values if rule.has_keys else ()
            keys = wanted.setdefault(rule.field, set())
            keys.update(cast("tuple[int | str, ...]", named))
    for field, keys in wanted.items():
        if not FIELDS[field].nullable:
            yield field, _columns(field), []
        elif keys:
            yield _named(field, keys)
    if any(FIELDS[rule.field].kind == Kind.MOMENT for rule in rules):
        table = _quoted(Installation._meta.db_table)
        yield _ZONE, f"id, time_zone FROM {table} WHERE id = 1", []


def _named(field: str, keys: set[int | str]) -> _Question:
    ids = [key for key in keys if isinstance(key, int)]
    names = [key for key in keys if isinstance(key, str)]
    asked = []
    if ids:
        asked.append(f"id IN ({', '.join(['%s'] * len(ids))})")
    if names:
        column = name_column(_model(field))
        asked.append(f"{column} IN ({', '.join(['%s'] * len(names))})")
    return field, f"{_columns(field)} WHERE {' OR '.join(asked)}", [*ids, *names]


def _columns(field: str) -> str:
    model = _model(field)
    return f"id, {name_column(model)} FROM {_quoted(model._meta.db_table)}"


def _model(field: str) -> type[models.Model]:
    model = FIELDS[field].target
    assert model is not None
    return model


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _zone(row: Mapping[int, str] | None) -> ZoneInfo:
    if row is None:
        return ZoneInfo("UTC")
    if not row:  # the installation was never asked for before
        return Installation.current().zone
    return Installation(time_zone=row[1]).zone
