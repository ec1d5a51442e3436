"""``winback export``: records into files."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import click

from winback.web.cli.setup import RefusedError, with_database


@click.group("export")
def command() -> None:
    """Export records into files."""


@command.command("leads")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@with_database
def leads(file: Path, as_json: bool) -> None:
    """Write all leads to FILE; - is standard output.

    As CSV or, if its name ends so, as XLSX.

    ``winback import leads`` reads the file back.
    """
    # Models may only be imported once Django is set up.
    from winback.crm.exporting import csv_lines, write_xlsx  # noqa: PLC0415
    from winback.crm.models import Lead  # noqa: PLC0415

    everything = Lead.objects.order_by("pk")
    if str(file) == "-":
        sys.stdout.writelines(csv_lines(everything))
        return
    try:
        if file.suffix.lower() == ".xlsx":
            with write_xlsx(everything) as sheet, file.open("wb") as target:
                shutil.copyfileobj(sheet, target)
        else:
            with file.open("w", encoding="utf-8", newline="") as text:
                text.writelines(csv_lines(everything))
    except OSError as error:
        raise RefusedError(f"{file}: {error.strerror}") from error
    count = everything.count()
    message = json.dumps({"exported": count}) if as_json else f"Exported {count} leads."
    click.echo(message)
