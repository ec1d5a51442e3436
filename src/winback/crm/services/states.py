"""Applying the rules of ``crm.rules`` to many leads in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from winback.accounts.models import User
from winback.crm.models import Lead, LeadEvent
from winback.crm.rules import LeadState, StageFacts, Status

# Ids named in one statement: far below what either database can take.
CHUNK_SIZE = 5000
STATE_FIELDS = tuple(field.name for field in fields(LeadState))


@dataclass(frozen=True, slots=True)
class Change:
    """One lead before and after a decision."""

    lead_id: int
    before: LeadState
    after: LeadState

    @property
    def diff(self) -> tuple[tuple[str, Any], ...]:
        return tuple(
            (name, getattr(self.after, name))
            for name in STATE_FIELDS
            if getattr(self.after, name) != getattr(self.before, name)
        )


@dataclass(frozen=True, slots=True)
class LockedLead:
    """A lead whose row nobody else changes until the transaction ends."""

    lead_id: int
    stage: StageFacts
    state: LeadState


def locked_leads(leads: QuerySet[Lead]) -> Iterator[list[LockedLead]]:
    """The leads in chunks, each locked in the order of ids; one query a chunk.

    The ids are read first, so that what happens to one chunk cannot change
    which leads are meant.
    """
    lead_ids = sorted(set(leads.values_list("pk", flat=True)))
    for chunk in chunks(lead_ids):
        rows = (
            Lead.objects.select_for_update(of=("self",))
            .filter(pk__in=chunk)
            .order_by("pk")
            .values("pk", "stage__is_won", "stage__probability", *STATE_FIELDS)
        )
        yield [_locked(row) for row in rows]


def write_changes(changes: Iterable[Change], **columns: Any) -> None:
    """Write what differs, one UPDATE for all leads with the same difference.

    ``columns`` are written on top to every lead of ``changes``.
    """
    groups: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for change in changes:
        groups[change.diff].append(change.lead_id)
    for diff, lead_ids in groups.items():
        if diff or columns:
            Lead.objects.filter(pk__in=lead_ids).update(**dict(diff), **columns)


def write_events(
    lead_ids: Iterable[int],
    kind: LeadEvent.Kind,
    *,
    at: datetime,
    by: User | None,
    details: dict[str, Any],
) -> None:
    LeadEvent.objects.bulk_create(
        [
            LeadEvent(lead_id=lead_id, kind=kind, at=at, by=by, details=details)
            for lead_id in lead_ids
        ]
    )


def chunks(lead_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(lead_ids), CHUNK_SIZE):
        yield lead_ids[start : start + CHUNK_SIZE]


def _locked(row: dict[str, Any]) -> LockedLead:
    state = {name: row[name] for name in STATE_FIELDS}
    state["status"] = Status(row["status"])
    return LockedLead(
        lead_id=row["pk"],
        stage=StageFacts(
            is_won=row["stage__is_won"], probability=row["stage__probability"]
        ),
        state=LeadState(**state),
    )
