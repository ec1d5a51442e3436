"""What lists of mailings show beside each one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from winback.mailings.models import TO_BE_MAILED, Fate, Mailing, Recipient


@dataclass(frozen=True, slots=True)
class MiniFigure:
    """One small number with its word, e.g. "Opened 41 %"."""

    label: str
    value: str
    beside: str = ""  # in small letters behind it


@dataclass(frozen=True, slots=True)
class CardFigures:
    """How far a mailing is, and what rooms above add to that."""

    sent: int = 0
    to_be_mailed: int = 0
    more: list[MiniFigure] = field(default_factory=list)


Provider = Callable[[Collection[Mailing]], Mapping[int, list[MiniFigure]]]
_providers: list[Provider] = []


def register_mini_figures(provider: Provider) -> None:
    """``provider`` gets mailings and answers, by id, with figures for some."""
    _providers.append(provider)


def card_figures(mailings: Collection[Mailing]) -> dict[int, CardFigures]:
    """The figures of each mailing given; one statement, and one per provider."""
    ids = [mailing.pk for mailing in mailings]
    counted = (
        Recipient.objects.filter(mailing_id__in=ids)
        .order_by()
        .values("mailing_id")
        .annotate(
            sent=Count("pk", filter=Q(fate=Fate.SENT)),
            planned=Count("pk", filter=Q(fate__in=TO_BE_MAILED)),
        )
    )
    by_id = {row["mailing_id"]: row for row in counted}
    more: dict[int, list[MiniFigure]] = defaultdict(list)
    for provider in _providers:
        for pk, figures in provider(mailings).items():
            more[pk].extend(figures)
    return {
        pk: CardFigures(
            sent=by_id[pk]["sent"] if pk in by_id else 0,
            to_be_mailed=by_id[pk]["planned"] if pk in by_id else 0,
            more=more[pk],
        )
        for pk in ids
    }


@dataclass(frozen=True, slots=True)
class Day:
    """One field of a month's page."""

    date: date
    mailings: list[Mailing]


def month_days(
    mailings: QuerySet[Mailing], weeks: list[list[date]], *, zone: tzinfo
) -> list[list[Day]]:
    """The weeks with the mailings that start, or started, on each day."""
    begins = datetime.combine(weeks[0][0], time.min, tzinfo=zone)
    ends = datetime.combine(weeks[-1][-1] + timedelta(days=1), time.min, tzinfo=zone)
    shown = (
        mailings.annotate(at=Coalesce("started_at", "scheduled_at"))
        .filter(at__gte=begins, at__lt=ends)
        .order_by("at", "pk")
    )
    by_day: dict[date, list[Mailing]] = defaultdict(list)
    for mailing in shown:
        by_day[timezone.localdate(mailing.at, zone)].append(mailing)
    return [[Day(day, by_day[day]) for day in week] for week in weeks]
