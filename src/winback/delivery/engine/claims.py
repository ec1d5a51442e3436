"""Taking rows of the ledger: each by one run only, none of people who said no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from winback.consent.queries import refused_addresses
from winback.content.merge import read_merge_leads
from winback.delivery.compose.letters import Addressee
from winback.delivery.lanes import due_rows
from winback.delivery.models import DeliveryRun
from winback.delivery.quotas import Moment, Quota, grant, spend
from winback.mailings.models import Fate, LeftOutReason, Mailing, Recipient

# As Addressee wants them; its lead comes between the last two.
_COLUMNS = ("pk", "address", "language", "version_id", "attempts", "lane")


@dataclass(frozen=True, slots=True)
class Portion:
    """What a claim may take: rows of one lane, as far as these limits let them."""

    lane: str
    limit: int
    quotas: Sequence[Quota] = ()


@transaction.atomic
def claim(
    run: DeliveryRun,
    portion: Portion,
    *,
    at: Moment,
    lead_columns: Sequence[str] = ("contact_name",),
) -> list[Addressee]:
    """Due rows of a portion, now ``handing_over`` for this run and no other.

    No more than its limits grant, and those are charged in the same transaction.
    Rows of people who have said no meanwhile become left out instead. Two
    workers never wait for each other's rows: locked ones are skipped. On SQLite
    there is one writer at a time. ``lead_columns`` are those of ``merge_columns``.
    """
    granted = grant(portion.quotas, portion.limit, at=at)
    if not granted.count:
        return []
    rows = (
        due_rows(run.mailing_id, [portion.lane], now=at.now)
        .order_by("due_at", "id")
        .select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        )
    )
    addresses = dict(rows.values_list("pk", "address")[: granted.count])
    refused = leave_out_refused(run.mailing, addresses, now=at.now)
    claimed = [pk for pk in addresses if pk not in refused]
    if not claimed:
        return []
    mine = Recipient.objects.filter(pk__any_of=claimed)
    mine.update(fate=Fate.HANDING_OVER, run_id=run.pk, claimed_at=at.now)
    read = _read(mine.order_by("due_at", "id"), lead_columns)
    # Last: everybody who sends counts in the same rows.
    spend(portion.quotas, granted, len(claimed), at=at)
    return read


def _read(rows: QuerySet[Recipient], lead_columns: Sequence[str]) -> list[Addressee]:
    of_leads = [f"lead__{column}" for column in lead_columns]
    read = list(rows.values_list(*_COLUMNS, *of_leads))
    leads = read_merge_leads(lead_columns, [row[len(_COLUMNS) :] for row in read])
    return [
        Addressee(pk, address, language, version_id, attempts, lead, lane)
        for (pk, address, language, version_id, attempts, lane, *_), lead in zip(
            read, leads, strict=True
        )
    ]


def leave_out_refused(
    mailing: Mailing, addresses: dict[int, str], *, now: datetime
) -> set[int]:
    """Ids of the given rows whose people say no; those rows are left out now.

    Only rows that were not begun may be given.
    """
    refusals = refused_addresses(
        set(addresses.values()), topic_id=mailing.topic_id, now=now
    )
    refused: dict[str, list[int]] = {}
    for pk, address in addresses.items():
        if address in refusals:
            refused.setdefault(str(refusals[address]), []).append(pk)
    for reason, ids in refused.items():
        leave_out(Recipient.objects.filter(pk__any_of=ids), LeftOutReason(reason))
    return {pk for ids in refused.values() for pk in ids}


def leave_out(rows: QuerySet[Recipient], reason: LeftOutReason) -> int:
    """Move rows that were not begun out of the mailing; how many."""
    return rows.filter(fate__in=[Fate.READY, Fate.HANDING_OVER]).update(
        fate=Fate.LEFT_OUT, left_out_reason=reason, due_at=None, run_id=None
    )
