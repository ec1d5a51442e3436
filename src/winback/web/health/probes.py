"""Looks at parts that may hang, without hanging with them.

A database that takes connections and says nothing would hold one thread of the
web process for every question of a load balancer, until none was left to answer
anything else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

from winback.web.health.checks import check_broker, check_database
from winback.web.health.rules import Finding, wrong

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 3.0


@dataclass
class _Look:
    check: Callable[[], Finding]
    started_at: float = field(default_factory=time.monotonic)
    is_done: threading.Event = field(default_factory=threading.Event)
    finding: Finding | None = None

    def run(self) -> None:
        try:
            self.finding = self.check()
        except Exception:  # nobody above could be told
            logger.exception("A check cannot be made")
        finally:
            self.is_done.set()
            connections.close_all()  # this thread's own


@dataclass
class Probe:
    """Asks one part; all who ask meanwhile share the answer."""

    subject: str
    check: Callable[[], Finding]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _look: _Look | None = None

    def ask(self) -> Finding:
        """What the check finds, or that there is no answer; within 3 seconds.

        At once if the part has owed its answer for longer than that already.
        """
        look = self._look_under_way()
        left = look.started_at + PATIENCE_SECONDS - time.monotonic()
        look.is_done.wait(max(left, 0.0))
        return look.finding or wrong(
            self.subject, "does not answer", "See whether it hangs."
        )

    def _look_under_way(self) -> _Look:
        with self._lock:
            if self._look is None or self._look.is_done.is_set():
                self._look = _Look(self.check)
                # The end of the process must not wait for a part that hangs.
                threading.Thread(target=self._look.run, daemon=True).start()
            return self._look


READINESS = (Probe("database", check_database), Probe("broker", check_broker))
