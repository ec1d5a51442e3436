"""Slower and faster: what a press of a button makes of a limit."""

from __future__ import annotations

import enum

# Slower than nobody knows what: where neither limit nor speed is known.
FIRST_LIMIT = 1000


class Direction(enum.StrEnum):
    SLOWER = "slower"
    FASTER = "faster"


def changed_pace(
    limit: int | None, direction: Direction, *, mails_per_hour_now: int
) -> int | None:
    """The limit after one press: half or double, at least one mail an hour.

    Without a limit *slower* sets half of what goes now, and *faster* has
    nothing to do.
    """
    if direction is Direction.FASTER:
        return None if limit is None else limit * 2
    if limit is None:
        limit = mails_per_hour_now or FIRST_LIMIT * 2
    return max(limit // 2, 1)
