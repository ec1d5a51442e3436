"""The pipeline board: its columns, their figures and their cards."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.dateparse import parse_datetime

from winback.crm.models import Lead, LeadStatus, Stage

CARDS = 20
SUMS_SHOWN = 2
ON_THE_BOARD = Q(active=True) & ~Q(status=LeadStatus.LOST)


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands in the head of a column; sums are kept apart by currency."""

    leads: int = 0
    sums: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def more_sums(self) -> int:
        return max(0, len(self.sums) - SUMS_SHOWN)


@dataclass(frozen=True, slots=True)
class Cards:
    rows: list[Lead]
    after: str  # the cursor for more of them; empty when these are the last


@dataclass(frozen=True, slots=True)
class Column:
    stage: Stage
    figures: Figures
    cards: Cards


def columns(leads: QuerySet[Lead]) -> list[Column]:
    """The stages in use with their figures and newest cards.

    Two queries, and two more for each stage that has cards.
    """
    figures = stage_figures(leads)
    nothing = Cards([], "")
    return [
        Column(
            stage,
            figures[stage.pk],
            cards(leads, stage) if figures[stage.pk].leads else nothing,
        )
        for stage in Stage.objects.filter(archived_at=None)
    ]


def stage_figures(leads: QuerySet[Lead]) -> defaultdict[int, Figures]:
    """Count and sums by stage, in one query; the largest sums first."""
    rows = (
        leads.filter(ON_THE_BOARD)
        .order_by()
        .values("stage", "currency")
        .annotate(leads=Count("pk"), total=Sum("expected_revenue"))
    )
    figures: defaultdict[int, Figures] = defaultdict(Figures)
    for row in rows:
        known = figures[row["stage"]]
        sums = [*known.sums]
        if row["total"]:
            sums.append((row["currency"], row["total"]))
        sums.sort(key=lambda pair: pair[1], reverse=True)
        figures[row["stage"]] = Figures(known.leads + row["leads"], sums)
    return figures


def cards(leads: QuerySet[Lead], stage: Stage, *, after: str = "") -> Cards:
    """The next cards of one column, newest first; two queries."""
    shown = leads.filter(ON_THE_BOARD, stage=stage).order_by("-created_at", "-pk")
    if cursor := _read_cursor(after):
        created_at, pk = cursor
        beside = Q(created_at=created_at, pk__lt=pk)
        shown = shown.filter(Q(created_at__lt=created_at) | beside)
    rows = list(shown.select_related("owner").prefetch_related("tags")[: CARDS + 1])
    if len(rows) <= CARDS:
        return Cards(rows, "")
    last = rows[CARDS - 1]
    return Cards(rows[:CARDS], json.dumps([last.created_at.isoformat(), last.pk]))


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    try:
        moment_text, pk = json.loads(text)
        moment = parse_datetime(moment_text)
    except (ValueError, TypeError):
        return None
    if moment is None or moment.tzinfo is None or not isinstance(pk, int):
        return None
    return moment, pk
