"""Losing leads, restoring them, putting them aside: one or ten thousand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from winback.accounts.models import User
from winback.crm import rules
from winback.crm.models import Lead, LeadEvent, LeadLoss, LostReason
from winback.crm.rules import Status, WonLeadError
from winback.crm.services.states import (
    Change,
    LockedLead,
    locked_leads,
    write_changes,
    write_events,
)
from winback.crm.signals import leads_lost, leads_restored, restores_undone

Kind = LeadEvent.Kind


@transaction.atomic
def mark_lost(
    leads: QuerySet[Lead],
    *,
    reason: LostReason | None,
    note: str = "",
    by: User | None,
    now: datetime,
) -> int:
    """Mark leads lost; how many became so.

    Won leads among several are passed over. Leads that are lost already keep
    their ``lost_at``; a reason given now replaces theirs, which the history
    keeps. Sends ``leads_lost`` for the new losses. Raises WonLeadError if all of
    the leads are won.
    """
    count, won = 0, 0
    for chunk in locked_leads(leads):
        losable = [lead for lead in chunk if lead.state.status != Status.WON]
        won += len(chunk) - len(losable)
        reason_id = reason.pk if reason else None
        changes = [
            Change(
                lead.lead_id,
                lead.state,
                rules.lost(lead.state, reason_id=reason_id, now=now),
            )
            for lead in losable
        ]
        write_changes(changes)
        fresh = [one for one in changes if one.before.status != Status.LOST]
        again = [one for one in changes if one.before.status == Status.LOST]
        details = {"reason": reason.name if reason else "", "note": note.strip()}
        _record_losses(fresh, reason=reason, note=note, by=by, now=now)
        _change_reasons(again, reason=reason, by=by, now=now, details=details)
        lost_ids = [one.lead_id for one in fresh]
        write_events(lost_ids, Kind.LOST, at=now, by=by, details=details)
        if lost_ids:
            leads_lost.send(sender=Lead, lead_ids=lost_ids, at=now, by=by)
        count += len(lost_ids)
    if won and not count and won == leads.count():
        raise WonLeadError
    return count


@transaction.atomic
def restore_leads(
    leads: QuerySet[Lead],
    *,
    by: User | None,
    now: datetime,
    cause: dict[str, Any] | None = None,
) -> int:
    """Open lost leads again; how many. Leads that are not lost stay as they are.

    The reason leaves the lead and stays in its history. ``cause`` says what
    brought it back (``{"recipient_id": 7}``); it is kept with the event and
    sent with ``leads_restored``.
    """
    count = 0
    for chunk in locked_leads(leads):
        lost = [lead for lead in chunk if lead.state.status == Status.LOST]
        before = _probabilities_before(lost)
        changes = [
            Change(
                lead.lead_id,
                lead.state,
                rules.restored(
                    lead.state,
                    lead.stage,
                    probability_before=before.get(lead.lead_id),
                ),
            )
            for lead in lost
        ]
        write_changes(changes)
        lead_ids = [one.lead_id for one in changes]
        close_losses(lead_ids, now=now)
        write_events(lead_ids, Kind.RESTORED, at=now, by=by, details=cause or {})
        if lead_ids:
            leads_restored.send(
                sender=Lead, lead_ids=lead_ids, at=now, by=by, cause=cause or {}
            )
        count += len(lead_ids)
    return count


@transaction.atomic
def undo_restore(
    lead_id: int, *, restored_at: datetime, by: User | None, now: datetime
) -> bool:
    """Make as if a restore had not been: the lead is lost as it was before.

    False if it was won, lost, moved or restored again since, so that nothing is
    changed. The loss gets its date and reason back; it is not a new loss, so
    ``leads_lost`` is not sent, but ``restores_undone``.
    """
    unmoved = Lead.objects.filter(pk=lead_id, stage_changed_at__lte=restored_at)
    for (lead,) in locked_leads(unmoved):
        losses = LeadLoss.objects.filter(lead=lead_id, restored_at=restored_at)
        loss = losses.select_related("reason").first()
        if loss is None or lead.state.status != Status.OPEN:
            return False
        after = rules.lost(lead.state, reason_id=loss.reason_id, now=loss.lost_at)
        write_changes([Change(lead_id, lead.state, after)])
        LeadLoss.objects.filter(pk=loss.pk).update(restored_at=None)
        reason = loss.reason.name if loss.reason else ""
        details = {"reason": reason, "note": loss.note, "again": True}
        write_events([lead_id], Kind.LOST, at=now, by=by, details=details)
        restores_undone.send(
            sender=Lead, lead_ids=[lead_id], restored_at=restored_at, at=now, by=by
        )
        return True
    return False


@transaction.atomic
def archive_leads(leads: QuerySet[Lead], *, by: User | None, now: datetime) -> int:
    """Put leads aside without losing them; how many were not aside before."""
    count = 0
    for chunk in locked_leads(leads):
        changes = [
            Change(lead.lead_id, lead.state, rules.archived(lead.state))
            for lead in chunk
            if lead.state.active
        ]
        write_changes(changes)
        lead_ids = [one.lead_id for one in changes]
        write_events(lead_ids, Kind.ARCHIVED, at=now, by=by, details={})
        count += len(lead_ids)
    return count


@transaction.atomic
def unarchive_leads(leads: QuerySet[Lead], *, by: User | None, now: datetime) -> int:
    """Take leads out of the archive; how many. Lost ones have to be restored."""
    count = 0
    for chunk in locked_leads(leads):
        changes = [
            Change(lead.lead_id, lead.state, rules.unarchived(lead.state))
            for lead in chunk
            if not lead.state.active and lead.state.status != Status.LOST
        ]
        write_changes(changes)
        lead_ids = [one.lead_id for one in changes]
        write_events(lead_ids, Kind.UNARCHIVED, at=now, by=by, details={})
        count += len(lead_ids)
    return count


def close_losses(lead_ids: Sequence[int], *, now: datetime) -> None:
    """Note on the open losses of these leads that they were undone."""
    LeadLoss.objects.filter(lead__in=lead_ids, restored_at=None).update(restored_at=now)


def _record_losses(
    changes: Sequence[Change],
    *,
    reason: LostReason | None,
    note: str,
    by: User | None,
    now: datetime,
) -> None:
    LeadLoss.objects.bulk_create(
        [
            LeadLoss(
                lead_id=change.lead_id,
                reason=reason,
                note=note.strip(),
                lost_at=now,
                probability_before=change.before.probability,
                by=by,
            )
            for change in changes
        ]
    )


def _change_reasons(
    changes: Sequence[Change],
    *,
    reason: LostReason | None,
    by: User | None,
    now: datetime,
    details: dict[str, Any],
) -> None:
    lead_ids = [change.lead_id for change in changes if change.diff]
    if lead_ids:
        LeadLoss.objects.filter(lead__in=lead_ids, restored_at=None).update(
            reason=reason
        )
        write_events(
            lead_ids, Kind.LOST, at=now, by=by, details={**details, "again": True}
        )


def _probabilities_before(lost: Sequence[LockedLead]) -> dict[int, Decimal | None]:
    by_hand = [lead.lead_id for lead in lost if lead.state.probability_by_hand]
    if not by_hand:
        return {}
    losses = LeadLoss.objects.filter(lead__in=by_hand, restored_at=None)
    return dict(
        losses.order_by("lost_at", "pk").values_list("lead_id", "probability_before")
    )
