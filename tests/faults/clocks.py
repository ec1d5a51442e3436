"""The clocks of an installation's hosts, set by a test."""

from __future__ import annotations

from pathlib import Path

SHIM = Path(__file__).with_name("clock")


class Clock:
    """One host's; right until ``set_wrong``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set_wrong(0)
        self.settings = {"PYTHONPATH": str(SHIM), "WINBACK_TEST_CLOCK": str(file)}
        """For the environment of everything that runs on this host."""

    def set_wrong(self, seconds: float) -> None:
        """By so many seconds from now on; takes effect within a tenth of one."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._file)
