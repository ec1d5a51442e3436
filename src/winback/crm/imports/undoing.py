"""Taking a whole import back, except for what was changed since."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from winback.accounts.models import User
from winback.core import audit
from winback.crm.imports.added import remove_unused_names
from winback.crm.imports.writing import FIELDS
from winback.crm.models import (
    ImportedChange,
    ImportRun,
    Lead,
    LeadEvent,
    LeadLoss,
)
from winback.crm.rules import Status
from winback.crm.signals import leads_written

BATCH_SIZE = 500
# What an import itself leaves with a lead; rows of any other model that point
# to it were added by people or by rooms above, and keep the lead.
OWN_MODELS = {LeadLoss, LeadEvent, ImportedChange, Lead.tags.through}
# Columns that only make sense together: all are restored, or none.
STATE_COLUMNS = {
    "status",
    "active",
    "probability",
    "probability_by_hand",
    "lost_reason_id",
    "lost_at",
    "won_at",
    "stage_id",
    "stage_changed_at",
}
_BY_NAME = {field.attname: field for field in FIELDS}


class NotUndoableError(Exception):
    """Only an import that is done, or that broke off, can be undone."""


@dataclass(slots=True)
class UndoResult:
    """``kept``: leads that somebody changed since, left wholly or in part.

    ``names``: stages, tags and the like that the import added, and are gone.
    """

    removed: int = 0
    restored: int = 0
    kept: int = 0
    names: int = 0


def undo_import(run: ImportRun, *, by: User | None, now: datetime) -> UndoResult:
    """Remove the leads that ``run`` made and put back what it overwrote.

    A lead that was touched since (an event, a task, a mail to it) stays; of an
    updated lead only the values that are still the imported ones go back. Then
    names that the import added and nothing uses go. In batches; called again
    after a crash it goes on. Raises NotUndoableError.
    """
    begin_undo(run)
    result = UndoResult(**run.undo)
    _restore_updated(run, result)
    _remove_created(run, result)
    with transaction.atomic():
        result.names += remove_unused_names(run)
        _remember(run, result)
    run.state, run.finished_at = ImportRun.State.UNDONE, now
    run.undo = asdict(result)
    run.save(update_fields=["state", "finished_at", "undo"])
    audit.record(
        "crm.undo_import",
        actor=by,
        subject="import",
        subject_id=run.pk,
        at=now,
        removed=result.removed,
        restored=result.restored,
        kept=result.kept,
        names=result.names,
    )
    return result


def begin_undo(run: ImportRun) -> None:
    """Say that the import is being undone; nothing if it is already.

    Raises NotUndoableError.
    """
    undoable = {ImportRun.State.DONE, ImportRun.State.FAILED, ImportRun.State.UNDOING}
    if run.state not in undoable:
        raise NotUndoableError
    run.state = ImportRun.State.UNDOING
    run.save(update_fields=["state"])


def _remove_created(run: ImportRun, result: UndoResult) -> None:
    touched = _touched(Lead.objects.filter(import_run=run))
    last_id = 0
    while True:
        leads = Lead.objects.filter(import_run=run, pk__gt=last_id).order_by("pk")
        lead_ids = list(leads.values_list("pk", flat=True)[:BATCH_SIZE])
        if not lead_ids:
            return
        last_id = lead_ids[-1]
        with transaction.atomic():
            kept = set(touched.filter(pk__in=lead_ids).values_list("pk", flat=True))
            gone = [lead_id for lead_id in lead_ids if lead_id not in kept]
            Lead.objects.filter(pk__in=gone).delete()
        result.removed += len(gone)
        result.kept += len(kept)
        _remember(run, result)


def _remember(run: ImportRun, result: UndoResult) -> None:
    """Keep the count, so that an undo that is continued goes on counting."""
    run.undo = asdict(result)
    run.save(update_fields=["undo"])


def _touched(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Those of ``leads`` that anything but an import has happened to."""
    events = LeadEvent.objects.filter(lead=OuterRef("pk"))
    signs = Q(Exists(events.exclude(kind=LeadEvent.Kind.IMPORTED)))
    for relation in Lead._meta.related_objects:
        model = relation.related_model
        if model not in OWN_MODELS and isinstance(model, type):
            rows = model._default_manager.filter(
                **{relation.field.name: OuterRef("pk")}
            )
            signs |= Q(Exists(rows))
    return leads.filter(signs)


def _restore_updated(run: ImportRun, result: UndoResult) -> None:
    while True:
        changes = list(run.changes.select_related("lead").order_by("pk")[:BATCH_SIZE])
        if not changes:
            return
        with transaction.atomic():
            for change in changes:
                _restore(change, result)
            ids = [change.pk for change in changes]
            ImportedChange.objects.filter(pk__in=ids).delete()
            leads_written.send(
                sender=Lead, lead_ids=[change.lead_id for change in changes]
            )
        _remember(run, result)


def _restore(change: ImportedChange, result: UndoResult) -> None:
    lead = change.lead
    columns: dict[str, list[Any]] = change.before
    tags = columns.pop("tags", None)
    same = {
        name
        for name, (_old, new) in columns.items()
        if getattr(lead, name) == _BY_NAME[name].to_python(new)
    }
    if not STATE_COLUMNS & columns.keys() <= same:
        same -= STATE_COLUMNS
    _restore_losses(lead, columns, same)
    for name in same:
        setattr(lead, name, _BY_NAME[name].to_python(columns[name][0]))
    if same:
        lead.save(update_fields=[_BY_NAME[name].name for name in same])
    tags_kept = tags is not None and not _restore_tags(lead, *tags)
    if tags_kept or same != columns.keys():
        result.kept += 1
    else:
        result.restored += 1


def _restore_tags(lead: Lead, before: list[int], after: list[int]) -> bool:
    now_there = sorted(lead.tags.values_list("pk", flat=True))
    if now_there != after:
        return False
    lead.tags.set(before)
    return True


def _restore_losses(lead: Lead, columns: dict[str, list[Any]], same: set[str]) -> None:
    """Take back the history row that the import added, closed or gave a reason."""
    if "status" not in same:
        if "lost_reason_id" in same:
            old, new = columns["lost_reason_id"]
            open_loss = LeadLoss.objects.filter(lead=lead, restored_at=None)
            open_loss.filter(reason=new).update(reason=old)
        return
    before, after = columns["status"]
    if after == Status.LOST.value:
        LeadLoss.objects.filter(lead=lead, restored_at=None).delete()
    elif before == Status.LOST.value:
        last = LeadLoss.objects.filter(lead=lead).order_by("-restored_at").first()
        if last is not None:
            last.restored_at = None
            last.save(update_fields=["restored_at"])
