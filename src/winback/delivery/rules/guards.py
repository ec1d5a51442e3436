"""When a mailing must stop: too many bounces, too many complaints."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

# The last so many mails are judged, and none before so many (product's choice;
# mailbox providers begin to refuse senders at such rates).
WINDOW = 1000
LEAST_MAILS = 100
# A canary is settled when at most this share waits for another attempt: one
# mailbox that is full for a day must not hold up everybody else.
UNSETTLED_SHARE = 0.05


class Danger(enum.StrEnum):
    BOUNCES = "bounces"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Above these a mailing stops; 0 to 1."""

    bounce_rate: float = 0.05
    complaint_rate: float = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """How a stretch of mails was received.

    ``mails`` were accepted by the mail server or refused at once; ``bounced``
    are those refused for their address and those that bounced hard later.
    """

    mails: int
    bounced: int
    complained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Why to stop: so many of so many."""

    danger: Danger
    count: int
    mails: int
    limit: float  # 0 to 1

    @property
    def rate(self) -> float:
        return self.count / self.mails


def judge(
    reception: Reception, rates: Rates, *, least_mails: int = LEAST_MAILS
) -> Judgement | None:
    """What speaks against going on, complaints first; None if nothing does.

    A rate of exactly the limit is still good.
    """
    mails = reception.mails
    if mails < max(least_mails, 1):
        return None
    for danger, count, limit in (
        (Danger.COMPLAINTS, reception.complained, rates.complaint_rate),
        (Danger.BOUNCES, reception.bounced, rates.bounce_rate),
    ):
        if count / mails > limit:
            return Judgement(danger=danger, count=count, mails=mails, limit=limit)
    return None


class CanaryState(enum.StrEnum):
    """How far the testing of the water is."""

    TESTING = "testing"  # its mails are going out
    SETTLED = "settled"  # all have an answer; bounces are waited for


def judge_canary(
    *, rows: int, handing_over: int, untried: int, retrying: int
) -> CanaryState:
    """Settled once every address was tried and almost all have a final fate."""
    if handing_over or untried or retrying > math.floor(rows * UNSETTLED_SHARE):
        return CanaryState.TESTING
    return CanaryState.SETTLED
