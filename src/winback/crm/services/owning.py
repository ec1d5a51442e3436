"""Handing leads to another owner."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from winback.accounts.models import User
from winback.crm.models import Lead, LeadEvent
from winback.crm.services.states import chunks


@transaction.atomic
def assign_owner(
    leads: QuerySet[Lead], *, owner: User | None, by: User | None, now: datetime
) -> int:
    """Give leads to ``owner`` (None: to nobody); how many changed hands.

    The change is noted on each lead. A second call changes nothing.
    """
    lead_ids = sorted(set(leads.values_list("pk", flat=True)))
    count = 0
    for chunk in chunks(lead_ids):
        changed = [
            lead
            for lead in Lead.objects.select_for_update(of=("self",))
            .filter(pk__in=chunk)
            .select_related("owner")
            .order_by("pk")
            if lead.owner_id != (owner.pk if owner else None)
        ]
        Lead.objects.filter(pk__in=[lead.pk for lead in changed]).update(owner=owner)
        LeadEvent.objects.bulk_create(
            [_noted(lead, owner, by=by, now=now) for lead in changed]
        )
        count += len(changed)
    return count


def _noted(
    lead: Lead, owner: User | None, *, by: User | None, now: datetime
) -> LeadEvent:
    before = str(lead.owner) if lead.owner else None
    after = str(owner) if owner else None
    return LeadEvent(
        lead=lead,
        kind=LeadEvent.Kind.EDITED,
        at=now,
        by=by,
        details={"fields": {"owner": [before, after]}},
    )
