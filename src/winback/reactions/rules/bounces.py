"""When an address has bounced often enough to be given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

SOFT_BOUNCES = 5
WITHIN = timedelta(weeks=13)
OVER_MORE_THAN = timedelta(weeks=1)


def is_given_up(soft_bounces_at: Sequence[datetime], *, now: datetime) -> bool:
    """Whether there were five soft bounces in 13 weeks, over more than a week."""
    recent = [at for at in soft_bounces_at if now - WITHIN <= at <= now]
    if len(recent) < SOFT_BOUNCES:
        return False
    return max(recent) - min(recent) > OVER_MORE_THAN
