"""Leads as plain rows, for commands and files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db.models import QuerySet

from winback.crm.models import Lead
from winback.segments.fields import FIELDS
from winback.segments.lookups import record_names
from winback.segments.rules import Kind

BATCH = 2000
_FURTHER = ("id", "time_zone", "currency", "notes", "email_normalized")
LISTED_FIELDS: tuple[str, ...] = (
    *_FURTHER,
    *(
        name
        for name, field in FIELDS.items()
        if field.kind != Kind.BEHAVIOUR and field.column
    ),
)


def listed_rows(
    leads: QuerySet[Lead], fields: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """The given fields of each lead, in the leads' order; records by their names.

    Memory stays flat: leads are read in batches, names of records once.
    """
    columns = [_column(name) for name in fields if name != "tags"]
    names = {
        name: record_names(name)
        for name in fields
        if name in FIELDS and FIELDS[name].target is not None
    }
    rows = leads.values("pk", *columns).iterator(chunk_size=BATCH)
    for batch in _batches(rows):
        tags = _tags([row["pk"] for row in batch]) if "tags" in fields else {}
        for row in batch:
            yield {name: _value(name, row, names, tags) for name in fields}


def _column(name: str) -> str:
    return FIELDS[name].column if name in FIELDS else name


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _tags(leads: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    links = Lead.tags.through._default_manager.filter(lead_id__in=leads)
    for lead, tag in links.order_by("pk").values_list("lead_id", "tag_id"):
        found[lead].append(tag)
    return found


def _value(
    name: str,
    row: dict[str, Any],
    names: dict[str, dict[int, tuple[str, ...]]],
    tags: dict[int, list[int]],
) -> Any:
    if name == "tags":
        return [names["tags"][tag][0] for tag in tags.get(row["pk"], [])]
    value = row[_column(name)]
    if name in names:
        return None if value is None else names[name][value][0]
    return value.isoformat() if hasattr(value, "isoformat") else value
