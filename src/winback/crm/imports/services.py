"""Starting an import: the file is kept, the run is a row."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

from winback.accounts.models import User
from winback.core import audit
from winback.crm.imports.mapping import ColumnMapping, guess_mapping, parse_mapping
from winback.crm.imports.reading import UnreadableFileError, sample
from winback.crm.imports.running import imports_folder
from winback.crm.models import ImportRun


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
