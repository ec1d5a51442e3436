"""Running an import: in batches, each of them whole or not at all."""

from __future__ import annotations

import csv
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.core.models import Installation
from winback.crm.cells import neutralized
from winback.crm.imports.added import merged
from winback.crm.imports.batch import Batch, BatchOutcome, Reading
from winback.crm.imports.lookups import Lookups
from winback.crm.imports.mapping import parse_mapping
from winback.crm.imports.matching import Matcher
from winback.crm.imports.parsing import RowReader
from winback.crm.imports.pipeline import (
    in_batches,
    read_ahead,
    ready_for_writing,
    without_collections,
)
from winback.crm.imports.reading import Table, open_table
from winback.crm.models import ImportRun

BATCH_SIZE = 5000
ERRORS_SHOWN = 100
# How many errors a result holds; the file given back has them all.
MAX_ERRORS = 10_000
EVERYBODYS = frozenset({"utm_source", "utm_medium", "utm_campaign", "product", "tags"})
PIPELINE = frozenset({"stage", "lost_reason", "team"})

Progress = Callable[[int], None]


class ImportTakenOverError(Exception):
    """Another process is running this import; this one has stopped."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    row: int
    column: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "column": self.column, "reason": self.reason}


@dataclass(slots=True)
class ImportResult:
    """What became of a file's rows: created + updated + failed = rows."""

    created: int = 0
    updated: int = 0
    failed: int = 0
    rows: int = 0
    errors: list[RowProblem] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    run: ImportRun | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "updated": self.updated,
            "failed": self.failed,
            "errors": [problem.as_json() for problem in self.errors],
        }


def creatable_by(user: User | None) -> frozenset[str]:
    """Whose unknown names may become new rows; None is the installation itself."""
    if user is None or user.may(Right.MANAGE_PIPELINE):
        return EVERYBODYS | PIPELINE
    return EVERYBODYS


def imports_folder(run: ImportRun) -> Path:
    folder: Path = settings.CONFIG.home / "imports" / str(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def errors_path(run: ImportRun) -> Path:
    """The rows given back: the file's own columns, then row number and reason."""
    return imports_folder(run) / "errors.csv"


def check_file(
    path: Path,
    mapping: dict[str, Any],
    *,
    by: User | None,
    now: datetime,
    row_limit: int | None = None,
) -> ImportResult:
    """What an import would do (of its first ``row_limit`` rows); writes nothing.

    Raises UnreadableFileError and MappingError. A row of the database may
    change before the import itself is run.
    """
    table = open_table(path)
    lookups = Lookups(creatable_by(by), dry_run=True)
    batch = _batch(table, mapping, lookups, run_id=None, by=by, now=now)
    result = ImportResult()
    with without_collections():
        for rows in _readings(batch, table):
            _add(result, batch.check(rows))
            if row_limit and result.rows >= row_limit:
                break
    result.warnings = lookups.warnings
    return result


def run_import(
    run: ImportRun, *, now: datetime, progress: Progress | None = None
) -> ImportResult:
    """Import the file of ``run`` from where it stands; call again after a crash.

    Each batch is one transaction that also moves ``rows_done``, so what was
    done before an interruption stays done and is not done twice. ``progress``
    is told the rows done so far. Raises UnreadableFileError, MappingError (the
    run has then failed) and ImportTakenOverError.
    """
    started = ImportRun.objects.filter(
        pk=run.pk, state__in=[ImportRun.State.UPLOADED, ImportRun.State.CHECKED]
    )
    started.update(state=ImportRun.State.RUNNING)
    run.refresh_from_db()
    try:
        table = open_table(Path(run.stored_path))
        lookups = Lookups(creatable_by(run.by))
        batch = _batch(table, run.mapping, lookups, run_id=run.pk, by=run.by, now=now)
    except Exception as error:
        _fail(run, str(error), now=now)
        raise
    result = ImportResult(warnings=lookups.warnings, run=run)
    readings = _readings(batch, table, skip=run.rows_done)
    if connection.vendor == "postgresql":
        readings = read_ahead(readings)
    error_file = _ErrorFile(run, table.headers)
    with closing(readings), ready_for_writing(), without_collections():
        for rows in readings:
            outcome = _run_batch(batch, rows, run)
            error_file.write(outcome)
            _add(result, outcome)
            if progress:
                progress(run.rows_done)
    _finish(run, now=now)
    result.created, result.updated = run.created_count, run.updated_count
    result.failed = run.failed_count
    return result


def _readings(
    batch: Batch, table: Table, *, skip: int = 0
) -> Generator[list[Reading], None, None]:
    for rows in in_batches(table, size=BATCH_SIZE, skip=skip):
        yield batch.read(rows)


def _batch(
    table: Table,
    mapping: dict[str, Any],
    lookups: Lookups,
    *,
    run_id: int | None,
    by: User | None,
    now: datetime,
) -> Batch:
    lookups.load()
    reader = RowReader(
        headers=table.headers,
        mapping=parse_mapping(mapping, table.headers),
        zone=Installation.current().zone,
    )
    only_own = by is not None and not by.may(Right.SEE_ALL_LEADS)
    matcher = Matcher(run_id, user_id=by.pk if by and only_own else None)
    return Batch(reader, lookups, matcher, run_id=run_id, by=by, now=now)


def _run_batch(batch: Batch, rows: list[Reading], run: ImportRun) -> BatchOutcome:
    """One batch and its count in one transaction; its halves if that fails.

    A row that the database itself refuses is found by halving, and fails alone.
    """
    try:
        with transaction.atomic():
            outcome = batch.write(rows)
            _advance(run, outcome)
    except (IntegrityError, DataError):
        batch.forget()
        if len(rows) > 1:
            half = len(rows) // 2
            first = _run_batch(batch, rows[:half], run)
            return first + _run_batch(batch, rows[half:], run)
        outcome = BatchOutcome(row_count=1)
        outcome.refuse(rows[0][0], "", _("The database refused the row."))
        with transaction.atomic():
            _advance(run, outcome)
    _keep_counts(run, outcome)
    return outcome


def _advance(run: ImportRun, outcome: BatchOutcome) -> None:
    """Note the batch on the row of the run, which must stand where we left it."""
    unchanged = ImportRun.objects.filter(
        pk=run.pk, rows_done=run.rows_done, state=ImportRun.State.RUNNING
    )
    if not unchanged.update(**_counts(run, outcome)):
        raise ImportTakenOverError


def _keep_counts(run: ImportRun, outcome: BatchOutcome) -> None:
    """The same on the object, once the transaction has been committed."""
    for name, value in _counts(run, outcome).items():
        setattr(run, name, value)


def _counts(run: ImportRun, outcome: BatchOutcome) -> dict[str, Any]:
    problems = [
        RowProblem(row.number, column, reason).as_json()
        for row, column, reason in outcome.refused[:ERRORS_SHOWN]
    ]
    return {
        "rows_done": run.rows_done + outcome.row_count,
        "created_count": run.created_count + outcome.created,
        "updated_count": run.updated_count + outcome.updated,
        "failed_count": run.failed_count + len(outcome.refused),
        "errors": (run.errors + problems)[:ERRORS_SHOWN],
        "added_names": merged(run.added_names, outcome.added_names),
    }


def _add(result: ImportResult, outcome: BatchOutcome) -> None:
    result.rows += outcome.row_count
    result.created += outcome.created
    result.updated += outcome.updated
    result.failed += len(outcome.refused)
    for row, column, reason in outcome.refused[: MAX_ERRORS - len(result.errors)]:
        result.errors.append(RowProblem(row.number, column, reason))


def _finish(run: ImportRun, *, now: datetime) -> None:
    run.state, run.finished_at = ImportRun.State.DONE, now
    run.rows_total = run.rows_done
    run.save(update_fields=["state", "finished_at", "rows_total"])


def _fail(run: ImportRun, reason: str, *, now: datetime) -> None:
    run.state, run.failure, run.finished_at = ImportRun.State.FAILED, reason, now
    run.save(update_fields=["state", "failure", "finished_at"])


class _ErrorFile:
    """Writes refused rows as they come; none at all if every row was good."""

    def __init__(self, run: ImportRun, headers: list[str]) -> None:
        self.run = run
        self.headers = headers

    def write(self, outcome: BatchOutcome) -> None:
        if not outcome.refused:
            return
        path = errors_path(self.run)
        is_new = not path.exists()
        encoding = "utf-8-sig" if is_new else "utf-8"
        with path.open("a", encoding=encoding, newline="") as file:
            writer = csv.writer(file)
            if is_new:
                headers = [*map(neutralized, self.headers), _("Row"), _("Reason")]
                writer.writerow(headers)
            for row, column, reason in outcome.refused:
                why = f"{column}: {reason}" if column else reason
                cells = [*map(neutralized, row.cells), row.number, neutralized(why)]
                writer.writerow(cells)
