"""Leads as CSV and XLSX: any list, streamed, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from winback.crm.cells import neutralized, without_control
from winback.crm.models import Lead

CHUNK_SIZE = 2000
# Header and where its value is found; the headers are read back by an import.
COLUMNS: dict[str, str] = {
    "external_id": "external_id",
    "title": "title",
    "contact_name": "contact_name",
    "company": "company",
    "email": "email",
    "phone": "phone",
    "language": "language",
    "country": "country",
    "city": "city",
    "time_zone": "time_zone",
    "stage": "stage__name",
    "status": "status",
    "active": "active",
    "lost_reason": "lost_reason__name",
    "lost_at": "lost_at",
    "won_at": "won_at",
    "created_at": "created_at",
    "stage_changed_at": "stage_changed_at",
    "owner": "owner__email",
    "team": "team__name",
    "tags": "tags",
    "expected_revenue": "expected_revenue",
    "currency": "currency",
    "probability": "probability",
    "utm_source": "utm_source__name",
    "utm_medium": "utm_medium__name",
    "utm_campaign": "utm_campaign__name",
    "product": "product__name",
    "last_mailed_at": "last_mailed_at",
    "last_engaged_at": "last_engaged_at",
    "bounce_count": "bounce_count",
    "blacklisted": "blacklisted",
    "notes": "notes",
}


def csv_lines(leads: QuerySet[Lead]) -> Iterator[str]:
    """A CSV file line by line, beginning with the mark that Excel needs."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow(COLUMNS)
    for row in _rows(leads):
        writer.writerow([_as_text(value) for value in row])
        if buffer.tell() > 1 << 16:
            yield _emptied(buffer)
    yield _emptied(buffer)


def write_xlsx(leads: QuerySet[Lead]) -> IO[bytes]:
    """A spreadsheet in a temporary file, at its beginning; the caller closes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Leads")
    sheet.append(list(COLUMNS))
    for row in _rows(leads):
        sheet.append([_as_cell(sheet, value) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    book.save(file)
    file.seek(0)
    return file


def _rows(leads: QuerySet[Lead]) -> Iterator[list[Any]]:
    """The values of each lead; memory does not grow with their number."""
    names = [name for name in COLUMNS.values() if name != "tags"]
    place = list(COLUMNS).index("tags")
    rows = leads.values_list("pk", *names).iterator(chunk_size=CHUNK_SIZE)
    for chunk in _chunks(rows):
        tags = _tag_names([row[0] for row in chunk])
        for pk, *values in chunk:
            values.insert(place, tags.get(pk, ""))
            yield values


def _chunks(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK_SIZE:
            yield chunk
            chunk = []
    yield chunk


def _tag_names(lead_ids: list[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    through = Lead.tags.through._default_manager.filter(lead_id__in=lead_ids)
    for lead_id, name in through.order_by("tag__name").values_list(
        "lead_id", "tag__name"
    ):
        names[lead_id] = f"{names[lead_id]}; {name}" if lead_id in names else name
    return {lead_id: _with_separator(text) for lead_id, text in names.items()}


def _with_separator(names: str) -> str:
    """One tag that holds a comma must not come back as two."""
    return names if ";" in names or "," not in names else f"{names};"


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return neutralized(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ")
    return str(value)


def _as_cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ")
    if isinstance(value, str):
        # Marked as text: openpyxl would make a formula of a leading "=".
        cell = WriteOnlyCell(sheet, without_control(neutralized(value)))
        cell.data_type = "s"
        return cell
    return float(value) if isinstance(value, Decimal) else value


def _emptied(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


EXPORTERS: dict[str, Callable[[QuerySet[Lead]], Any]] = {
    "csv": csv_lines,
    "xlsx": write_xlsx,
}
