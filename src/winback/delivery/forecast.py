"""How long the limits make a mailing last: which of them, and until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from winback.delivery.models import DomainLane
from winback.delivery.quotas import (
    Moment,
    Quota,
    Scope,
    lane_limits,
    levels_of,
    quotas_for,
)
from winback.delivery.rules.lanes import group_of
from winback.delivery.rules.limits import Level, done_moment
from winback.delivery.senders import Sender
from winback.delivery.services.ledger import domain_sql
from winback.mailings.models import Fate, Mailing, Recipient
from winback.mailings.queries import reach_of
from winback.segments.waterfall import planned_rows_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """One limit's share in how long it takes.

    ``rows`` mails wait for it; if nothing else slowed them down, the last would
    go at ``done_at``, None if that is more than a year away.
    """

    quota: Quota
    group: str  # the receiving group, "" for limits of all mails
    level: Level
    rows: int
    done_at: datetime | None


def forecast(mailing: Mailing, sender: Sender, *, at: Moment) -> Forecast | None:
    """The limit that will make a mailing that has not started last longest.

    None if nothing limits it. Raises RuleTreeError.
    """
    quotas = _Quotas(mailing, sender, at)
    if not quotas.may_limit:
        return None
    return slowest(quotas.forecasts(_planned_lanes(mailing, now=at.now)))


def forecasts(mailing: Mailing, sender: Sender, *, at: Moment) -> list[Forecast]:
    """The limits that ready rows of a mailing under way fall under, slowest first.

    Two queries while nothing limits it, else four; counting the waiting rows
    costs as much as there are.
    """
    quotas = _Quotas(mailing, sender, at)
    if not quotas.may_limit:
        return []
    found = list(quotas.forecasts(_waiting_lanes(mailing.pk)))
    return sorted(found, key=_done_at, reverse=True)


def slowest(found: Iterator[Forecast]) -> Forecast | None:
    return max(found, key=_done_at, default=None)


class _Quotas:
    """Every limit that mails of one mailing may fall under."""

    def __init__(self, mailing: Mailing, sender: Sender, at: Moment) -> None:
        self.mailing, self.sender, self.at = mailing, sender, at
        self.lanes = lane_limits()

    @property
    def may_limit(self) -> bool:
        holds = self.sender.limit.holds_on(self.at.today)
        return bool(holds or self.lanes or self.mailing.mails_per_hour)

    def forecasts(self, rows_by_lane: Mapping[str, int]) -> Iterator[Forecast]:
        rows: dict[str, int] = {}
        found: dict[str, tuple[Quota, str]] = {}
        for lane, count in rows_by_lane.items():
            for quota in self._holding(lane):
                rows[quota.key] = rows.get(quota.key, 0) + count
                is_of_all = quota.scope in {Scope.SENDER, Scope.MAILING}
                found[quota.key] = quota, "" if is_of_all else group_of(lane)
        levels = levels_of([quota for quota, _group in found.values()], at=self.at)
        for key, (quota, group) in found.items():
            yield Forecast(
                quota=quota,
                group=group,
                level=levels[key],
                rows=rows[key],
                done_at=done_moment(
                    levels[key],
                    quota.limit,
                    rows[key],
                    now=self.at.now,
                    zone=self.at.zone,
                ),
            )

    def _holding(self, lane: str) -> list[Quota]:
        quotas = quotas_for(
            lane,
            sender=self.sender,
            mailing_id=self.mailing.pk,
            mails_per_hour=self.mailing.mails_per_hour,
            lanes=self.lanes,
            today=self.at.today,
        )
        return [quota for quota in quotas if quota.limit.holds_on(self.at.today)]


def _done_at(one: Forecast) -> float:
    return one.done_at.timestamp() if one.done_at else float("inf")


def _waiting_lanes(mailing_id: int) -> dict[str, int]:
    ready = Recipient.objects.filter(mailing_id=mailing_id, fate=Fate.READY)
    counted = ready.order_by().values_list("lane").annotate(n=Count("pk"))
    return dict(counted)


def _planned_lanes(mailing: Mailing, *, now: datetime) -> dict[str, int]:
    planned, params = planned_rows_sql(reach_of(mailing, now=now))
    sql = (
        f"SELECT COALESCE(queue.lane, ''), count(*) FROM ({planned}) AS people"  # noqa: S608
        f" LEFT JOIN {DomainLane._meta.db_table} queue"
        f" ON queue.domain = {domain_sql('address')}"
        " WHERE reason = '' GROUP BY COALESCE(queue.lane, '')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return dict(cursor.fetchall())
