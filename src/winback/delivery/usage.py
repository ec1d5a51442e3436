"""Senders and receiving groups with their limits, and what went today."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from winback.delivery.models import DomainLane, Lane, TokenBucket
from winback.delivery.quotas import Moment, lane_key, sender_key
from winback.delivery.rules.limits import WARMUP_DAYS
from winback.delivery.senders import Sender

NAMED_DOMAINS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderUsage:
    """One sender; ``cap`` is what the day's limit or plan allows, None: any number."""

    name: str
    where: str
    domains: list[str]
    per_hour: int | None
    per_day: int | None
    warmup_day: int | None
    warmup_days: int
    cap: int | None
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneUsage:
    """One receiving group with some of its domains; ``hosted`` were found by MX."""

    lane: Lane
    domains: list[str]
    more_domains: int
    hosted: int
    used: int


def sender_usages(senders: tuple[Sender, ...], *, at: Moment) -> list[SenderUsage]:
    """Every sender in the order of the settings. One query."""
    used = _used([sender_key(sender.key) for sender in senders], at=at)
    return [
        SenderUsage(
            name=sender.key,
            where=sender.where,
            domains=sorted(sender.options.domains),
            per_hour=sender.options.per_hour,
            per_day=sender.options.per_day,
            warmup_day=sender.warmup_day(at.today),
            warmup_days=WARMUP_DAYS,
            cap=sender.limit.day_cap(at.today),
            used=used.get(sender_key(sender.key), 0),
        )
        for sender in senders
    ]


def lane_usages(*, at: Moment) -> list[LaneUsage]:
    """Every receiving group, the large ones first. Four queries."""
    lanes = list(Lane.objects.all())
    used = _used([lane_key(lane.key) for lane in lanes], at=at)
    named = DomainLane.objects.exclude(source="mx").filter(lane__isnull=False)
    domains: dict[str, list[str]] = {}
    for key, domain in named.order_by("pk").values_list("lane_id", "domain"):
        domains.setdefault(str(key), []).append(domain)
    found = DomainLane.objects.filter(source="mx", lane__isnull=False)
    hosted = dict(found.order_by().values_list("lane_id").annotate(n=Count("pk")))
    return [
        LaneUsage(
            lane=lane,
            domains=domains.get(lane.key, [])[:NAMED_DOMAINS],
            more_domains=max(len(domains.get(lane.key, [])) - NAMED_DOMAINS, 0),
            hosted=hosted.get(lane.key, 0),
            used=used.get(lane_key(lane.key), 0),
        )
        for lane in lanes
    ]


def _used(keys: list[str], *, at: Moment) -> dict[str, int]:
    rows = TokenBucket.objects.filter(key__in=keys, day_on=at.today)
    return dict(rows.values_list("key", "used_on_day"))
