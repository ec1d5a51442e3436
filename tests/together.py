"""Several people or processes at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

# SQLite lets in one writer at a time.
needs_writers_at_once = pytest.mark.postgresql


def in_threads(*calls: Callable[[], Any]) -> list[Any]:
    """Begin all at one moment, each with a connection of its own.

    The answers in order; an error stands for the answer of its call.
    """
    barrier = Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures: list[Future[Any]] = [pool.submit(begin, call) for call in calls]
        return [future.exception() or future.result() for future in futures]
