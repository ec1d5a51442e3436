"""``field__any_of=[...]``: like ``in``, with one parameter however many values.

``in`` prepares and binds each value by itself, which for the thousands of ids
that delivery asks about costs more than the query; and SQLite takes no more
than some thousands.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    _Lookup = Lookup[Collection[int] | Collection[str]]
else:
    _Lookup = Lookup


@Field.register_lookup
class AnyOf(_Lookup):
    """Numbers or texts only: they are handed to the database as they are."""

    lookup_name = "any_of"
    rhs: Collection[Any]

    def get_prep_lookup(self) -> list[Any]:
        return list(self.rhs)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        column, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", (*params, _as_array(self.rhs))
        listed = "SELECT value FROM json_each(%s)"
        return f"{column} IN ({listed})", (*params, json.dumps(self.rhs))


def _as_array(values: Collection[Any]) -> Collection[Any] | str:
    """Numbers as PostgreSQL writes an array, which the driver does one by one."""
    if all(type(value) is int for value in values):
        return "{" + ",".join(map(str, values)) + "}"
    return values
