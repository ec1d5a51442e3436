"""People who have ignored so many mails that it is better to stop writing to them.

Nobody is stopped by itself: the list is a suggestion.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from winback.accounts.models import User
from winback.consent.models import ConsentSettings, OptOut
from winback.consent.queries import default_topic, standing_opt_outs
from winback.consent.services import opt_out_of_everything
from winback.crm.models import Lead

BATCHES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Batch:
    """People who were opted out at once."""

    batch_id: uuid.UUID
    people: int
    at: datetime


def sunset_after() -> int:
    """After how many ignored mails in a row people are suggested."""
    return ConsentSettings.current().sunset_after


def sleeping_leads(user: User, *, mails: int, now: datetime) -> QuerySet[Lead]:
    """Leads that ``user`` may see, whose person ignored the last ``mails`` mails.

    Those who cannot be written to anyway are left out. By key.
    """
    opted_out = standing_opt_outs(default_topic().pk, now=now).filter(
        address=OuterRef("email_normalized")
    )
    return (
        Lead.objects.visible_to(user)
        .filter(
            Q(ignored_in_a_row__gt=0),  # says that the index may serve
            ~Exists(opted_out),
            ignored_in_a_row__gte=mails,
            blacklisted=False,
        )
        .exclude(email_normalized="")
        .order_by("pk")
    )


def stop_writing_to(
    leads: QuerySet[Lead], *, by: User, now: datetime
) -> tuple[uuid.UUID, int]:
    """Opt the people of these leads out of every topic; the batch and their number."""
    addresses = set(leads.order_by().values_list("email_normalized", flat=True))
    return opt_out_of_everything(addresses, by=by, now=now)


def latest_batches() -> list[Batch]:
    """What was done at once and can be undone, the newest first."""
    rows = (
        OptOut.objects.filter(batch_id__isnull=False)
        .values("batch_id")
        .annotate(people=Count("address", distinct=True), at=Min("created_at"))
        .order_by("-at")[:BATCHES_SHOWN]
    )
    return [
        Batch(row["batch_id"], row["people"], row["at"])
        for row in rows
        if row["batch_id"] is not None
    ]
