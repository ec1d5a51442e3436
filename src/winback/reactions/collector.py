"""A thread of the web process that stores what the journal of hits holds."""

from __future__ import annotations

import logging
import sys
import threading
import time

from django.db import connections

from winback.reactions.services.journal import bring_in_hits
from winback.reactions.tasks import wake_judge

logger = logging.getLogger(__name__)
# Hits of so long are stored together: one transaction for many answers.
SECONDS_BETWEEN_ROUNDS = 0.25
# Dead processes' journals, and what waits for a database that was away.
SECONDS_BETWEEN_LOOKS = 10.0
# How long an answer waits for this thread's Python at most (5 ms by default):
# measured, half as many answers again a second, and fewer late ones.
SECONDS_BETWEEN_THREADS = 0.0005

_has_news = threading.Event()
_start_lock = threading.Lock()
_thread: threading.Thread | None = None


def wake() -> None:
    """There is something in the journal. Costs next to nothing."""
    if not _has_news.is_set():
        _has_news.set()


def start() -> None:
    """Begin collecting in this process; harmless when that is done already."""
    global _thread
    with _start_lock:
        if _thread is None:
            sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
            _thread = threading.Thread(
                target=_collect, name="winback-hits", daemon=True
            )
            _thread.start()


def _collect() -> None:
    """For ever. What a round leaves, because the database is away, waits."""
    while True:
        collect_once()
        _has_news.wait(SECONDS_BETWEEN_LOOKS)
        time.sleep(SECONDS_BETWEEN_ROUNDS)


def collect_once() -> int:
    """Store what has come in and have it judged; how many hits."""
    _has_news.clear()
    try:
        stored = bring_in_hits()
    except Exception:
        logger.exception("Hits could not be stored; they wait in the journal.")
        return 0
    finally:
        connections.close_all()  # this thread's own
    if stored:
        wake_judge()
    return stored
