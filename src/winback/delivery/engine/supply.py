"""Where a run's rows come from: lane after lane, as far as the limits let them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from winback.core.models import Installation
from winback.delivery.compose.letters import Addressee
from winback.delivery.engine.claims import Portion, claim
from winback.delivery.lanes import waiting_lanes
from winback.delivery.models import DeliveryRun, MailingWatch
from winback.delivery.quotas import (
    Moment,
    Quota,
    give_back,
    lane_limits,
    levels_of,
    quotas_for,
)
from winback.delivery.rules.lanes import in_turn
from winback.delivery.rules.limits import Limit, next_moment
from winback.delivery.senders import Sender, senders
from winback.delivery.turns import tests_the_water
from winback.mailings.models import Mailing


@dataclass(slots=True)
class Supply:
    """Claims for one run. ``refresh`` it now and then: limits change meanwhile."""

    run: DeliveryRun
    mailing: Mailing
    sender: Sender
    zone: ZoneInfo
    lead_columns: Sequence[str] = ("contact_name",)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    canary_only: bool = False
    _last_lane: str | None = None
    _lanes: list[str] = field(default_factory=list)
    _unused: Counter[str] = field(default_factory=Counter)

    def refresh(self) -> bool:
        """Read what people set; whether what was claimed may be too much now."""
        limits = lane_limits()
        narrower = limits != self.limits
        self.limits = limits
        if self.mailing.canary:
            watch = MailingWatch.objects.filter(mailing_id=self.mailing.pk).first()
            self.canary_only = tests_the_water(self.mailing, watch)
        self._lanes = []
        return narrower

    def take(self, limit: int, *, now: datetime) -> list[Addressee]:
        """Up to ``limit`` due rows, claimed: from the next lane, then those after it.

        Empty if none is due, or none that is due may go now.
        """
        at = Moment(now, self.zone)
        rows = self._claim_in_turn(limit, at=at)
        if len(rows) < limit:
            # The lanes known from last time do not give enough: look anew.
            self._lanes = self._due_lanes(at)
            rows += self._claim_in_turn(limit - len(rows), at=at)
        return rows

    def _claim_in_turn(self, limit: int, *, at: Moment) -> list[Addressee]:
        rows: list[Addressee] = []
        for lane in in_turn(self._lanes, self._last_lane):
            portion = Portion(lane, limit - len(rows), self._quotas(lane, at))
            claimed = claim(self.run, portion, at=at, lead_columns=self.lead_columns)
            if claimed:
                self._last_lane = lane
            if len(claimed) < portion.limit:
                self._lanes.remove(lane)  # empty or used up: not asked again soon
            rows += claimed
            if len(rows) >= limit:
                break
        return rows

    def seconds_to_wait(self, *, now: datetime) -> float | None:
        """How long until a limit lets a row go that is due; None if none is due."""
        at = Moment(now, self.zone)
        moments = [self._may_go_at(lane, at) for lane in self._due_lanes(at)]
        if not moments:
            return None
        return max((min(moments) - now).total_seconds(), 0.0)

    def note_unused(self, row: Addressee) -> None:
        """The row was claimed, and nothing was handed over for it."""
        self._unused[row.lane] += 1

    def give_back_unused(self, *, now: datetime) -> None:
        """Let others use what this run was granted and did not need."""
        at = Moment(now, self.zone)
        for lane, count in self._unused.items():
            give_back(self._quotas(lane, at), count, at=at)
        self._unused.clear()

    def _due_lanes(self, at: Moment) -> list[str]:
        waiting = waiting_lanes(self.mailing.pk, canary_only=self.canary_only)
        return [one.lane for one in waiting if one.first_due_at <= at.now]

    def _quotas(self, lane: str, at: Moment) -> list[Quota]:
        return quotas_for(
            lane,
            sender=self.sender,
            mailing_id=self.mailing.pk,
            mails_per_hour=self.mailing.mails_per_hour,
            lanes=self.limits,
            today=at.today,
        )

    def _may_go_at(self, lane: str, at: Moment) -> datetime:
        quotas = self._quotas(lane, at)
        holding = [quota for quota in quotas if quota.limit.holds_on(at.today)]
        levels = levels_of(holding, at=at) if holding else {}
        moments = (
            next_moment(levels[quota.key], quota.limit, now=at.now, zone=at.zone)
            for quota in holding
        )
        return max(moments, default=at.now)


def return_unused(run: DeliveryRun, lanes: Mapping[str, int], *, now: datetime) -> None:
    """What a run that is gone was granted for rows it never began goes back.

    Nothing if its sender is configured no more: then nobody counts its use.
    """
    sender = next((one for one in senders() if one.key == run.sender), None)
    if sender is None or not lanes:
        return
    supply = Supply(run, run.mailing, sender, Installation.current().zone)
    supply.limits = lane_limits()
    supply._unused.update(lanes)
    supply.give_back_unused(now=now)
