"""Names that an import added: stages, tags, products, ...; and taking them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError

from winback.crm.imports.lookups import ID_COLUMNS, NAMED
from winback.crm.models import ImportedChange, ImportRun, Stage
from winback.crm.signals import names_wanted

# Target -> id, as the keys of JSON are -> the name it was added with.
Added = dict[str, dict[str, str]]
MODELS = NAMED | {"stage": Stage}
COLUMNS = ID_COLUMNS | {"stage": "stage_id"}
# What an import itself gives a name it adds; all else are people's changes.
_OWN_COLUMNS = {"id", "name", "position"}


def merged(before: Added, more: Added) -> Added:
    return {
        target: before.get(target, {}) | more.get(target, {})
        for target in (before | more)
    }


def remove_unused_names(run: ImportRun) -> int:
    """Remove what ``run`` added, is as it was then and nothing speaks of; how many.

    Sends ``names_wanted``, by which rooms above keep what their rules name. A
    second call finds nothing to do. If somebody takes one of the names into use
    at this very moment, all those of its kind stay.
    """
    return sum(
        _remove_unused(target, names, run=run)
        for target, names in run.added_names.items()
    )


def _remove_unused(target: str, names: Mapping[str, str], *, run: ImportRun) -> int:
    model = MODELS[target]
    rows = model._default_manager.filter(pk__any_of=[int(pk) for pk in names])
    ids = {row.pk for row in rows if _is_as_added(row, names[str(row.pk)])}
    ids -= _referred_to(model, ids)
    ids -= _overwritten_by_others(COLUMNS[target], run=run)
    if ids:
        wanted = names_wanted.send(sender=model, target=target, ids=frozenset(ids))
        for _receiver, kept in wanted:
            ids -= cast("frozenset[int]", kept)
    try:
        with transaction.atomic():
            return model._default_manager.filter(pk__any_of=ids).delete()[0]
    except (ProtectedError, IntegrityError):
        return 0


def _is_as_added(row: Any, name: str) -> bool:
    return row.name == name and all(
        getattr(row, field.attname) == field.get_default()
        for field in row._meta.concrete_fields
        if field.attname not in _OWN_COLUMNS
    )


def _referred_to(model: type[models.Model], ids: set[int]) -> set[int]:
    """Those of ``ids`` that rows of any table point to."""
    used: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and ids:
            column = relation.field.attname
            source = relation.related_model._base_manager
            rows = source.filter(**{f"{column}__in": ids})
            used.update(rows.values_list(column, flat=True).distinct())
    return used


def _overwritten_by_others(column: str, *, run: ImportRun) -> set[int]:
    """What other imports would put back if they were undone."""
    changes = ImportedChange.objects.exclude(run=run).filter(before__has_key=column)
    used: set[int] = set()
    for before in changes.values_list(f"before__{column}__0", flat=True).iterator():
        used.update(before if isinstance(before, list) else [before])
    return used
