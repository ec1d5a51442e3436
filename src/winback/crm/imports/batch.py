"""One batch of rows: read, matched, written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from winback.accounts.models import User
from winback.crm.imports.added import Added, merged
from winback.crm.imports.changes import Changes
from winback.crm.imports.delimited import Row
from winback.crm.imports.lookups import Lookups
from winback.crm.imports.matching import Existing, Matcher
from winback.crm.imports.parsing import Given, RowError, RowReader
from winback.crm.imports.rows import conclude
from winback.crm.imports.writing import (
    changed_columns,
    insert_leads,
    prepare_new,
)
from winback.crm.models import Lead
from winback.crm.signals import addresses_refused, leads_written

Refused = tuple[Row, str, str]
Reading = tuple[Row, Given | RowError]


@dataclass(slots=True)
class BatchOutcome:
    """``refused``: row, the header of the faulty column or "", the reason.

    ``added_names``: see ``imports.added``.
    """

    row_count: int = 0
    created: int = 0
    updated: int = 0
    refused: list[Refused] = field(default_factory=list)
    added_names: Added = field(default_factory=dict)

    def refuse(self, row: Row, column: str, reason: str) -> None:
        self.refused.append((row, column, reason))

    def __add__(self, other: BatchOutcome) -> BatchOutcome:
        return BatchOutcome(
            self.row_count + other.row_count,
            self.created + other.created,
            self.updated + other.updated,
            self.refused + other.refused,
            merged(self.added_names, other.added_names),
        )


@dataclass(slots=True)
class _Written:
    """What good rows ask for, gathered before anything is written."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[tuple[Existing, dict[str, Any], list[int] | None]] = field(
        default_factory=list
    )
    refused_addresses: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Batch:
    """Knows how to read this file's rows and whose leads they are about."""

    reader: RowReader
    lookups: Lookups
    matcher: Matcher
    run_id: int | None
    by: User | None
    now: datetime

    def read(self, rows: Sequence[Row]) -> list[Reading]:
        """What the rows say by themselves; asks no database."""
        return self.reader.read(rows)

    def check(self, rows: Sequence[Reading]) -> BatchOutcome:
        """The outcome that ``write`` would have; nothing is written."""
        return self._gather(rows)[0]

    def write(self, rows: Sequence[Reading]) -> BatchOutcome:
        """Write the good rows, in the caller's transaction."""
        outcome, written = self._gather(rows)
        outcome.added_names = self.lookups.take_added()
        new = written.new
        ids = insert_leads(new, run_id=self.run_id, now=self.now) if new else []
        changes = Changes(self.run_id or 0, self.by, self.now)
        ids += changes.write(written.changed)
        if ids:
            leads_written.send(sender=Lead, lead_ids=ids)
        if written.refused_addresses:
            addresses_refused.send(
                sender=Lead,
                addresses=sorted(written.refused_addresses),
                at=self.now,
                by=self.by,
            )
        return outcome

    def forget(self) -> None:
        """Start from what the database holds; called after a rollback."""
        self.lookups.load()
        self.matcher.forget()

    def _gather(self, rows: Sequence[Reading]) -> tuple[BatchOutcome, _Written]:
        outcome, written = BatchOutcome(row_count=len(rows)), _Written()
        good = list(self._concluded(rows, outcome))
        self.lookups.trim()
        self.matcher.load([lead for _row, lead in good])
        for row, lead in good:
            try:
                self._sort(lead, written, outcome)
            except RowError as error:
                outcome.refuse(row, self._header(error.column), error.reason)
        outcome.refused.sort(key=lambda refused: refused[0].number)
        return outcome, written

    def _concluded(
        self, rows: Sequence[Reading], outcome: BatchOutcome
    ) -> Iterator[tuple[Row, dict[str, Any]]]:
        for row, given in rows:
            try:
                if isinstance(given, RowError):
                    raise given
                yield row, conclude(given, self.lookups)
            except RowError as error:
                outcome.refuse(row, self._header(error.column), error.reason)

    def _sort(
        self, lead: dict[str, Any], written: _Written, outcome: BatchOutcome
    ) -> None:
        """To the new ones or the changed ones. Raises RowError."""
        existing = self.matcher.match(lead)
        refused = lead.pop("blacklisted", False)  # of the address, not the lead's
        if existing is None:
            prepare_new(lead, self.lookups)
            written.new.append(lead)
            outcome.created += 1
        else:
            columns = changed_columns(existing, lead, now=self.now)
            written.changed.append((existing, columns, lead.get("tags")))
            outcome.updated += 1
        if refused:
            address = lead.get("email_normalized")
            address = address or (existing or {}).get("email_normalized", "")
            written.refused_addresses |= {address} - {""}

    def _header(self, column: str) -> str:
        """The file's own name for a column that is given as a target."""
        for header, target in self.reader.mapping.columns.items():
            if target == column:
                return header
        return column
