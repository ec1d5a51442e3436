"""Text made comparable inside the database, alike on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func

from winback.core.text import SCRIPT_FROM, SCRIPT_TO, fold_script


class FoldScript(Func):
    """``core.text.fold_script`` of a column."""

    function = "winback_fold_script"
    arity = 1
    output_field = CharField()

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return super().as_sql(
            compiler,
            connection,
            template=(
                f"TRANSLATE(NORMALIZE(%(expressions)s), '{SCRIPT_FROM}', '{SCRIPT_TO}')"
            ),
            **context,
        )


def add_functions(*, connection: BaseDatabaseWrapper, **_kwargs: object) -> None:
    """Give a fresh SQLite connection the functions that its queries call."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "winback_fold_script", 1, fold_script, deterministic=True
        )
