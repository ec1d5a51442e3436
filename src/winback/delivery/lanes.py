"""Lanes in which a mailing's rows wait, and which of them may go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from django.db.models import QuerySet

from winback.delivery.rules.lanes import AFTER_CANARY, CANARY, is_canary
from winback.mailings.models import Fate, Recipient


@dataclass(frozen=True, slots=True)
class WaitingLane:
    """Rows that are ready; ``first_due_at`` is the longest waiting one's."""

    lane: str
    first_due_at: datetime


def waiting_lanes(mailing_id: int, *, canary_only: bool = False) -> list[WaitingLane]:
    """Every lane of a mailing in which rows are ready, by name. One query.

    It hops from lane to lane over the index of ready rows: the cost grows with
    the lanes, not with the rows.
    """
    ready = "mailing_id = %s AND fate = %s"
    with connection.cursor() as cursor:
        cursor.execute(
            _HOP.format(table=Recipient._meta.db_table, ready=ready),
            [mailing_id, Fate.READY.value] * 2,
        )
        found = [
            WaitingLane(lane, _aware(first_due_at))
            for lane, first_due_at in cursor.fetchall()
        ]
    return [one for one in found if is_canary(one.lane) or not canary_only]


def has_canary(mailing_id: int) -> bool:
    """Whether rows of the mailing wait in the lanes of its canary."""
    return canary_rows(mailing_id).exists()


def canary_rows(mailing_id: int) -> QuerySet[Recipient]:
    """Ready rows of the canary, by a stretch of the index of ready rows."""
    return Recipient.objects.filter(
        mailing_id=mailing_id,
        fate=Fate.READY,
        lane__gte=CANARY,
        lane__lt=AFTER_CANARY,
    )


def due_rows(
    mailing_id: int, lanes: list[str], *, now: datetime
) -> QuerySet[Recipient]:
    """Rows of these lanes that may be handed over now. Unordered."""
    rows = Recipient.objects.filter(
        mailing_id=mailing_id, fate=Fate.READY, due_at__lte=now
    )
    # One lane by "=", so that the index gives its rows in the order they are due.
    return (
        rows.filter(lane=lanes[0]) if len(lanes) == 1 else rows.filter(lane__in=lanes)
    )


# The first ready row of each lane: what lies before it in the index, rows that were
# handed over and not swept up yet, is passed over once.
_HOP = """
WITH RECURSIVE hop(id) AS (
  SELECT * FROM (
    SELECT id FROM {table} WHERE {ready} ORDER BY lane, due_at, id LIMIT 1
  ) AS first_row
  UNION ALL
  SELECT (
    SELECT id FROM {table} WHERE {ready}
      AND lane > (SELECT lane FROM {table} AS known WHERE known.id = hop.id)
    ORDER BY lane, due_at, id LIMIT 1
  )
  FROM hop WHERE hop.id IS NOT NULL
)
SELECT lane, due_at FROM hop JOIN {table} AS row ON row.id = hop.id ORDER BY lane
"""


def _aware(at: datetime) -> datetime:
    """A time as the database gave it to a query of our own; SQLite knows no zones."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
