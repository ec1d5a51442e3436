"""How long a run may trust that its rows are still its own."""

from __future__ import annotations

import time

from winback.delivery.engine.crew import FencedError

# Well below rules.LOST_AFTER, after which others may take a silent run's rows.
LEASE_SECONDS = 30.0
HEARTBEAT_SECONDS = 2.0
# Counts the time a machine slept; the monotonic clock of Linux does not.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def uptime_seconds() -> float:
    """A clock that nobody sets and that does not stop."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """Good for ``LEASE_SECONDS`` after the beginning of the last heartbeat."""

    def __init__(self) -> None:
        self.renewed_at = uptime_seconds()
        self.is_lost = False

    @property
    def is_due(self) -> bool:
        return uptime_seconds() - self.renewed_at >= HEARTBEAT_SECONDS

    def check(self) -> None:
        """Raises FencedError once the lease is over."""
        if self.is_lost or uptime_seconds() - self.renewed_at > LEASE_SECONDS:
            self.is_lost = True
            raise FencedError("This run was silent for too long.")
