"""Lets a test set the clock of running processes.

Python imports this at its start when the folder is on PYTHONPATH. The file named
by WINBACK_TEST_CLOCK holds by how many seconds this host's clock is wrong. Only
what a person can set is changed, not the clocks that count from the last start.
"""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import time_machine

POLL_SECONDS = 0.05


class _Clock:
    """Right until the file says otherwise."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._wrong_by = 0.0
        begun = time.monotonic()
        self._travel = time_machine.travel(datetime.now(UTC), tick=True).start()
        self._travel.shift(time.monotonic() - begun)  # starting takes its time
        self.start()
        os.register_at_fork(after_in_child=self.start)  # threads stay behind

    def start(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        while True:
            wanted = float(self._file.read_text())
            if wanted != self._wrong_by:
                self._travel.shift(wanted - self._wrong_by)
                self._wrong_by = wanted
            time.sleep(POLL_SECONDS)


if "WINBACK_TEST_CLOCK" in os.environ:
    _Clock(Path(os.environ["WINBACK_TEST_CLOCK"]))
