"""Leads of one batch into the database: COPY on PostgreSQL, many at once on SQLite."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext as _

from winback.crm.imports.lookups import Lookups, StageEntry
from winback.crm.imports.memo import Memo
from winback.crm.imports.parsing import RowError
from winback.crm.imports.rows import name_lead
from winback.crm.models import ImportedChange, Lead, LeadEvent, LeadLoss
from winback.crm.rules import Status

FIELDS = [field for field in Lead._meta.concrete_fields if field.attname != "id"]
COLUMNS = tuple(field.attname for field in FIELDS)
_COLUMN_SET = frozenset(COLUMNS)
DEFAULTS: dict[str, Any] = {field.attname: field.get_default() for field in FIELDS} | {
    "lost_reason_id": None,
    "address_quality": "",  # until an address says more
}
_values = itemgetter("id", *COLUMNS)
LEAD_TAGS = Lead.tags.through


def prepare_new(lead: dict[str, Any], lookups: Lookups) -> None:
    """Give a new lead the title and the stage that its row leaves open.

    Raises RowError if the row names nobody and nothing.
    """
    name_lead(lead)
    lead["stage"] = lead.get("stage") or lookups.first
    if lead["stage"] is None:
        raise RowError("stage", _("The pipeline has no stage to put a lead into."))


def complete_new(
    lead: dict[str, Any], *, run_id: int | None, now: datetime
) -> dict[str, Any]:
    """``lead`` with all columns of a new lead, less its id, which its row left open."""
    stage: StageEntry = lead.pop("stage")
    lead["stage_id"], lead["import_run_id"] = stage.id, run_id
    created_at = lead.setdefault("created_at", now)
    lead.setdefault("stage_changed_at", created_at)
    status = lead.get("status")
    if status == Status.LOST:
        lead.setdefault("lost_at", created_at)
    elif status == Status.WON:
        lead.setdefault("won_at", created_at)
    elif "probability" not in lead:
        lead["probability"] = stage.probability
    else:
        lead["probability_by_hand"] = lead["probability"] != stage.probability
    return DEFAULTS | lead


def changed_columns(
    existing: dict[str, Any], lead: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    """The columns in which a row differs from the lead it updates; may be empty."""
    columns = {name: lead[name] for name in lead if name in _COLUMN_SET}
    if columns.get("email_normalized") == existing["email_normalized"]:
        # The DNS may have told more of this address than the file can.
        columns.pop("address_quality", None)
    stage: StageEntry | None = lead.get("stage")
    if stage is not None and stage.id != existing["stage_id"]:
        columns["stage_id"] = stage.id
        columns.setdefault("stage_changed_at", now)
        if existing["status"] == Status.WON and not stage.is_won:
            columns.setdefault("status", Status.OPEN.value)
    if "status" in columns:
        _agree(columns, existing, stage, now=now)
    return {name: value for name, value in columns.items() if existing[name] != value}


def _agree(
    columns: dict[str, Any],
    existing: dict[str, Any],
    stage: StageEntry | None,
    *,
    now: datetime,
) -> None:
    """Fill the columns that must change with the status."""
    if columns["status"] == Status.LOST:
        before = existing["lost_at"]
        columns.setdefault("lost_at", before or columns.get("created_at", now))
        return
    if existing["status"] == Status.LOST:
        columns.setdefault("lost_reason_id", None)
        columns["lost_at"] = columns.get("lost_at")
        columns.setdefault("active", True)
    if columns["status"] == Status.WON:
        columns.setdefault("won_at", existing["won_at"] or now)
        return
    columns.setdefault("won_at", None)
    if existing["status"] != Status.OPEN:
        fallback = stage.probability if stage else Decimal(0)
        columns.setdefault("probability", fallback)


def insert_leads(
    leads: Sequence[dict[str, Any]], *, run_id: int | None, now: datetime
) -> list[int]:
    """Insert prepared leads, with their losses and tags; their new ids, in order.

    Columns are worked out while PostgreSQL takes the rows before in: the two
    work at the same time.
    """
    ids = _new_ids(Lead, len(leads))
    losses: list[tuple[int, int | None, datetime]] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for lead_id, lead in zip(ids, leads, strict=True):
            columns = complete_new(lead, run_id=run_id, now=now)
            columns["id"] = lead_id
            if columns["status"] == Status.LOST:
                loss = (lead_id, columns["lost_reason_id"], columns["lost_at"])
                losses.append(loss)
            yield _values(columns)

    _insert(Lead, [Lead._meta.pk, *FIELDS], rows())
    insert_losses(losses)
    insert_tags(
        (lead_id, tag_id)
        for lead_id, lead in zip(ids, leads, strict=True)
        for tag_id in lead.get("tags") or ()
    )
    return ids


def insert_losses(losses: Iterable[tuple[int, int | None, datetime]]) -> None:
    """History rows for leads that came in lost: lead, reason, lost_at."""
    fields = _fields(LeadLoss, "lead", "reason", "lost_at", "note")
    _insert(LeadLoss, fields, ((*loss, "") for loss in losses))


def insert_tags(pairs: Iterable[tuple[int, int]]) -> None:
    _insert(LEAD_TAGS, _fields(LEAD_TAGS, "lead", "tag"), pairs)


def insert_changes(
    changes: Iterable[tuple[int, dict[str, Any]]],
    *,
    run_id: int,
    by_id: int | None,
    now: datetime,
) -> None:
    """What an import overwrote, for each lead, and a line in its timeline."""
    listed = list(changes)
    _insert(
        ImportedChange,
        _fields(ImportedChange, "run", "lead", "before"),
        ((run_id, lead_id, _json(difference)) for lead_id, difference in listed),
    )
    kind, details = LeadEvent.Kind.IMPORTED.value, _json({"run": run_id})
    _insert(
        LeadEvent,
        _fields(LeadEvent, "lead", "kind", "at", "by", "details"),
        ((lead_id, kind, now, by_id, details) for lead_id, _before in listed),
    )


def update_leads(changes: Iterable[tuple[int, dict[str, Any]]]) -> None:
    """Write each lead's changed columns, the same set of columns at once."""
    groups: defaultdict[tuple[str, ...], list[list[Any]]] = defaultdict(list)
    for lead_id, columns in changes:
        names = tuple(sorted(columns))
        groups[names].append([*(columns[name] for name in names), lead_id])
    by_name = {field.attname: field for field in FIELDS}
    for names, rows in groups.items():
        fields = [*(by_name[name] for name in names), Lead._meta.pk]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                _update_at_once(cursor, fields, rows)
            else:
                assignments = ", ".join(f'"{name}" = %s' for name in names)
                cursor.executemany(
                    f'UPDATE "crm_lead" SET {assignments} WHERE "id" = %s',  # noqa: S608
                    _stored(fields, rows),
                )


def _update_at_once(cursor: Any, fields: Sequence[Any], rows: list[list[Any]]) -> None:
    """One UPDATE with all rows as its one parameter: an answer instead of thousands."""
    columns = [field.column for field in fields]
    kinds = ", ".join(
        f'"{field.column}" {field.db_type(connection)}' for field in fields
    )
    assignments = ", ".join(f'"{name}" = new."{name}"' for name in columns[:-1])
    cursor.execute(
        f'UPDATE "crm_lead" SET {assignments} '  # noqa: S608 - names of columns
        f'FROM json_to_recordset(%s) AS new({kinds}) WHERE "crm_lead"."id" = new."id"',
        [_json([dict(zip(columns, row, strict=True)) for row in rows])],
    )


def _fields(model: type[models.Model], *names: str) -> list[Any]:
    return [model._meta.get_field(name) for name in names]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids that nobody else gets: from the sequence, or under SQLite's write lock."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT string_agg(nextval(pg_get_serial_sequence(%s, 'id'))::text,"
                " ',') FROM generate_series(1, %s)",
                [table, count],
            )
            return list(map(int, cursor.fetchone()[0].split(",")))
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or [0])[0]
    return list(range(last + 1, last + 1 + count))


def _insert(
    model: type[models.Model], fields: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> None:
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
            return
        holes = ", ".join(["%s"] * len(fields))
        cursor.executemany(
            f'INSERT INTO "{table}" ({columns}) VALUES ({holes})',  # noqa: S608
            _stored(fields, rows),
        )


def _stored(
    fields: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> list[Sequence[Any]]:
    """Rows with values as SQLite stores them, which knows no times and decimals."""
    if connection.vendor == "postgresql":
        return list(rows)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    moments = Memo(_stored_moment)  # a new lead has the same one in several columns
    for position, field in enumerate(fields if columns else ()):
        if isinstance(field, models.DateTimeField):
            columns[position] = _each(moments.__getitem__, columns[position])
        elif isinstance(field, models.DecimalField):
            columns[position] = _each(str, columns[position])
    return list(zip(*columns, strict=True))


def _each(adapt: Callable[[Any], Any], column: Sequence[Any]) -> list[Any]:
    return [None if value is None else adapt(value) for value in column]


def _stored_moment(moment: datetime) -> str:
    """As Django's backend writes it: UTC without a zone."""
    return moment.astimezone(UTC).isoformat(" ")[:-6]
