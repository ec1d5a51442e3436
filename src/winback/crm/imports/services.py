"""Starting an import: the file is kept, the run is a row."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

from winback.accounts.models import User
from winback.core import audit
from winback.crm.imports.mapping import ColumnMapping, guess_mapping, parse_mapping
from winback.crm.imports.reading import (
    UnreadableFileError,
    estimated_row_count,
    sample,
)
from winback.crm.imports.running import (
    ERRORS_SHOWN,
    ImportResult,
    check_file,
    imports_folder,
)
from winback.crm.models import ImportRun

# A dry run on screen is answered at once, so it looks at the beginning only.
CHECKED_ROWS = 20_000
COUNTS = ("rows_total", "created_count", "updated_count", "failed_count", "errors")


def start_import(path: Path, *, by: User | None, now: datetime) -> ImportRun:
    """A run for a file on this machine, which stays where it is.

    Raises UnreadableFileError; then nothing is kept.
    """
    headers, rows = sample(path)
    return ImportRun.objects.create(
        file_name=path.name[:255],
        stored_path=str(path.resolve()),
        mapping=guess_mapping(headers, rows).as_json(),
        by=by,
        created_at=now,
    )


def upload_import(
    upload: IO[bytes], file_name: str, *, by: User, now: datetime
) -> ImportRun:
    """A run for an uploaded file, kept below the home folder. Raises as above."""
    run = ImportRun.objects.create(
        file_name=Path(file_name).name[:255], stored_path="", by=by, created_at=now
    )
    # Named by us: what people call their files never becomes a path.
    path = imports_folder(run) / "upload"
    with path.open("wb") as file:
        shutil.copyfileobj(upload, file)
    try:
        headers, rows = sample(path)
    except UnreadableFileError:
        shutil.rmtree(path.parent)
        run.delete()
        raise
    run.stored_path = str(path)
    run.mapping = guess_mapping(headers, rows).as_json()
    run.save(update_fields=["stored_path", "mapping"])
    audit.record(
        "crm.upload_import",
        actor=by,
        subject="import",
        subject_id=run.pk,
        at=now,
        file=run.file_name,
    )
    return run


def choose_columns(run: ImportRun, columns: dict[str, str]) -> ColumnMapping:
    """Keep what a person chose on screen. Raises MappingError."""
    headers, _rows = sample(Path(run.stored_path), row_count=1)
    mapping = parse_mapping({**run.mapping, "columns": columns}, headers)
    run.mapping = mapping.as_json()
    run.state = ImportRun.State.UPLOADED
    run.save(update_fields=["mapping", "state"])
    return mapping


def check_import(run: ImportRun, *, by: User, now: datetime) -> ImportResult:
    """A dry run over the beginning of the file, its outcome kept on the run.

    Raises UnreadableFileError and MappingError.
    """
    result = check_file(
        Path(run.stored_path), run.mapping, by=by, now=now, row_limit=CHECKED_ROWS
    )
    _put_counts(run, result)
    run.state = ImportRun.State.CHECKED
    run.save(update_fields=["state", *COUNTS])
    return result


def queue_import(run: ImportRun) -> None:
    """Hand a checked import to the workers; nothing if it runs or ran already."""
    _put_counts(run, ImportResult())
    waiting = ImportRun.objects.filter(
        pk=run.pk, state__in=[ImportRun.State.UPLOADED, ImportRun.State.CHECKED]
    )
    run.rows_total = estimated_row_count(Path(run.stored_path))
    waiting.update(
        state=ImportRun.State.RUNNING,
        rows_done=0,
        **{name: getattr(run, name) for name in COUNTS},
    )
    run.refresh_from_db()


def _put_counts(run: ImportRun, result: ImportResult) -> None:
    run.rows_total = result.rows
    run.created_count = result.created
    run.updated_count = result.updated
    run.failed_count = result.failed
    run.errors = [problem.as_json() for problem in result.errors[:ERRORS_SHOWN]]
