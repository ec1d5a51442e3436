"""The sample's files, with all dates moved so that the story ends today."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

DEFAULT_FOLDER = Path(__file__).resolve().parents[4] / "sample"


class SampleMissingError(Exception):
    """The folder ``sample`` does not lie beside the product."""


class Refusal(NamedTuple):
    """An address that must not be written to. No reason: opted out of the topic."""

    address: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Reads the files; a moment in them is moved by ``shift``, a whole number of days.

    Whole days, so that people go on working at working hours.
    """

    folder: Path
    shift: timedelta

    @classmethod
    def open(cls, folder: Path, *, now: datetime) -> SampleFiles:
        """Raises SampleMissingError if ``folder`` holds no sample."""
        try:
            base = json.loads((folder / "base.json").read_text("utf-8"))["base"]
        except FileNotFoundError:
            raise SampleMissingError(str(folder)) from None
        today = now.astimezone(UTC).date()
        return cls(folder, today - date.fromisoformat(base))

    def leads(self) -> Iterator[dict[str, str]]:
        """Leads as typed, oldest first; read dates with ``moment``."""
        return self._rows("leads.csv")

    def products(self) -> Iterator[dict[str, str]]:
        return self._rows("products.csv")

    def people(self) -> Iterator[dict[str, str]]:
        return self._rows("people.csv")

    def refusals(self) -> Iterator[Refusal]:
        for row in self._rows("refusals.csv"):
            yield Refusal(row["address"], row["reason"], self.moment(row["at"]))

    def moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text) + self.shift

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
