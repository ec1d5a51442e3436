"""``winback import``: records from files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from winback.web.cli.setup import RefusedError, with_database

ERRORS_SHOWN = 20


@click.group("import")
def command() -> None:
    """Import records from files."""


@command.command("leads")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--map",
    "map_file",
    default="auto",
    help="auto, or a JSON file that says which column is which field.",
)
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_database
def leads(file: Path, map_file: str, dry_run: bool, as_json: bool) -> None:
    """Import leads from FILE: CSV, XLSX, XLS or ODS. See docs/import.md.

    Rows that cannot be used are reported and do not stop the others. Exit 2
    and a message if the file or the mapping as a whole is no good.
    """
    result, given_back = _import(file, map_file, dry_run)
    for warning, count in result.warnings.items():
        click.echo(f"{warning} ({count})", err=True)
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        return
    _print(result, dry_run)
    if given_back:
        click.echo(f"The rows that failed, with the reasons: {given_back}")


def _import(file: Path, map_file: str, dry_run: bool) -> tuple[Any, Path | None]:
    # Models may only be imported once Django is set up.
    from winback.crm.imports import running, services  # noqa: PLC0415
    from winback.crm.imports.mapping import (  # noqa: PLC0415
        MappingError,
        guess_mapping,
        read_mapping,
    )
    from winback.crm.imports.reading import (  # noqa: PLC0415
        UnreadableFileError,
        sample,
    )

    now = timezone.now()
    try:
        headers, rows = sample(file)
        mapping = (
            guess_mapping(headers, rows)
            if map_file == "auto"
            else read_mapping(_text_of(map_file), headers)
        ).as_json()
        if dry_run:
            return running.check_file(file, mapping, by=None, now=now), None
        run = services.start_import(file, by=None, now=now)
        run.mapping = mapping
        run.save(update_fields=["mapping"])
        with _progress(file) as progress:
            result = running.run_import(run, now=now, progress=progress)
        return result, running.errors_path(run) if result.failed else None
    except (UnreadableFileError, MappingError) as error:
        raise RefusedError(f"{file}: {error}") from error


def _text_of(map_file: str) -> str:
    try:
        return Path(map_file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RefusedError(f"{map_file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RefusedError(f"{map_file}: this is not a text in UTF-8") from error


@contextmanager
def _progress(file: Path) -> Iterator[Any]:
    """A bar on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from winback.crm.imports.reading import estimated_row_count  # noqa: PLC0415

    bar = Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task(file.name, total=estimated_row_count(file))
        yield lambda rows_done: bar.update(task, completed=rows_done)


def _print(result: Any, dry_run: bool) -> None:
    verbs = "Would create {}, update {}; {} rows fail."
    done = "Created {}, updated {}; {} rows failed."
    counts = (result.created, result.updated, result.failed)
    click.echo((verbs if dry_run else done).format(*counts))
    for problem in result.errors[:ERRORS_SHOWN]:
        where = f", {problem.column}" if problem.column else ""
        click.echo(f"  row {problem.row}{where}: {problem.reason}")
    if len(result.errors) > ERRORS_SHOWN:
        click.echo(f"  … and {result.failed - ERRORS_SHOWN} more")
