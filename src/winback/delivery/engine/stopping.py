"""How a worker's children learn that the worker is being stopped.

Celery tells its main process only; a child in the middle of a run would be
waited for, or killed. One byte shared by all of them, made before they fork.
"""

from __future__ import annotations

import mmap

_asked = mmap.mmap(-1, 1)


def ask_to_stop() -> None:
    """End all runs of this worker soon, every mail in hand with its answer."""
    _asked[0] = 1


def is_asked_to_stop() -> bool:
    return _asked[0] == 1
