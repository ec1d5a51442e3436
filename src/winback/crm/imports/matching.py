"""Which lead a row is about: by external id, else by address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from winback.crm.imports.parsing import RowError
from winback.crm.imports.writing import COLUMNS
from winback.crm.models import ImportedChange, Lead

Existing = dict[str, Any]


@dataclass(slots=True)
class Matcher:
    """Finds existing leads for the rows of one batch.

    A row with an external id is about the lead with that id, or a new one. A
    row without is about a lead with its address that was there before the
    import: each lead is taken once, of several the one with the same title.
    Rows of one file are never the same lead, so that two opportunities of one
    person stay two.
    """

    run_id: int | None
    user_id: int | None = None
    _by_external_id: dict[str, Existing] = field(default_factory=dict)
    _by_address: dict[str, list[Existing]] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)
    _seen: set[int] = field(default_factory=set)

    def load(self, rows: Collection[dict[str, Any]]) -> None:
        """Read the leads that rows of a new batch may be about; three queries."""
        if self.run_id is not None:
            self._seen.clear()  # earlier batches are known by their leads
        external_ids = {row["external_id"] for row in rows if row.get("external_id")}
        addresses = {
            row["email_normalized"]
            for row in rows
            if row.get("email") and not row.get("external_id")
        } - {""}
        by_id = _leads_with("external_id", external_ids)
        self._by_external_id = {lead["external_id"]: lead for lead in by_id}
        self._by_address = defaultdict(list)
        for lead in _leads_with("email_normalized", addresses):
            if self.run_id is None or lead["import_run_id"] != self.run_id:
                self._by_address[lead["email_normalized"]].append(lead)
        found = [lead["id"] for lead in by_id]
        found += [lead["id"] for leads in self._by_address.values() for lead in leads]
        self._taken |= self._changed_before(found)

    def forget(self) -> None:
        """Drop the marks of a batch that was rolled back; the database has the rest."""
        if self.run_id is not None:
            self._seen.clear()
            self._taken.clear()

    def match(self, row: dict[str, Any]) -> Existing | None:
        """The lead that ``row`` updates, None for a new one. Raises RowError."""
        external_id = row.get("external_id", "")
        if external_id:
            lead = self._match_external_id(external_id)
        else:
            lead = self._match_address(row)
        if lead is not None:
            if not external_id:
                self._taken.add(lead["id"])
            if self.user_id is not None and lead["owner_id"] != self.user_id:
                raise RowError("", _("The lead belongs to somebody else."))
        return lead

    def _match_external_id(self, external_id: str) -> Existing | None:
        lead = self._by_external_id.get(external_id)
        mark = hash(external_id)
        twice = mark in self._seen
        self._seen.add(mark)
        if lead is not None:
            mine = self.run_id is not None and lead["import_run_id"] == self.run_id
            twice = twice or mine or lead["id"] in self._taken
        if twice:
            raise RowError(
                "external_id", _("This external id is in the file a second time.")
            )
        return lead

    def _match_address(self, row: dict[str, Any]) -> Existing | None:
        if not row.get("email"):
            return None
        address = row["email_normalized"]
        leads = [
            lead
            for lead in self._by_address.get(address, [])
            if lead["id"] not in self._taken
        ]
        if len(leads) <= 1:
            return leads[0] if leads else None
        title = row.get("title_folded", "")
        same = [lead for lead in leads if lead["title_folded"] == title]
        if not same:
            raise RowError(
                "email",
                _(
                    "%(count)d leads have this address. Add an external id, or the "
                    "title of the lead that is meant."
                )
                % {"count": len(leads)},
            )
        return same[0]

    def _changed_before(self, lead_ids: list[int]) -> set[int]:
        if self.run_id is None or not lead_ids:
            return set()
        changes = ImportedChange.objects.filter(run=self.run_id, lead__in=lead_ids)
        return set(changes.values_list("lead_id", flat=True))


def _leads_with(column: str, values: Collection[str]) -> list[Existing]:
    if not values:
        return []
    return list(leads_with(column, values).order_by("pk").values("id", *COLUMNS))


def leads_with(column: str, texts: Collection[str]) -> QuerySet[Lead]:
    """Leads by what stands in one of the two columns that partial indexes serve.

    The conditions are written so that the indexes are used: as SQLite compares
    them word for word, and as PostgreSQL, which else would read the whole table
    of some hundred thousand leads, cannot but ask for one text after another.
    """
    filled = _condition(f"NOT ({column} = '')")
    if connection.vendor == "postgresql" and "\x1f" not in "".join(texts):
        listed = "SELECT unnest(string_to_array(%s, chr(31)))"
        found = _condition(f"{column} IN ({listed})", "\x1f".join(texts))
        return Lead.objects.filter(filled).filter(found)
    return Lead.objects.filter(filled).filter(**{f"{column}__any_of": texts})


def _condition(sql: str, *params: str) -> RawSQL:
    return RawSQL(sql, params, output_field=BooleanField())  # noqa: S611 - names of ours
