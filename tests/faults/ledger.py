"""What every look at the ledger must hold, and what must be true in the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.delivery.smtp_script import ScriptedServer
from tests.faults.house import House


@dataclass
class Ledger:
    """``most_uncertain`` grows by what each fault may leave unknown.

    A look that fails with one of ``forgives`` counts as none: a database that a
    test has killed cannot be asked.
    """

    house: House
    recipients: int
    most_uncertain: int = 0
    looks: int = 0
    forgives: tuple[type[Exception], ...] = ()
    sinks: list[ScriptedServer] = field(default_factory=list)  # if not the house's
    started_at: float = field(default_factory=time.monotonic)

    def check(self) -> Counter[str]:
        """The fates now; both sums hold, or there is no ledger to be seen."""
        fates = self._fates()
        if fates:
            handled = fates["sent"] + fates["failed"] + fates["uncertain"]
            open_rows = fates["ready"] + fates["handing_over"]
            assert fates["left_out"] == self.recipients // 10
            assert handled + open_rows == self.recipients
            self.looks += 1
        return fates

    def _fates(self) -> Counter[str]:
        try:
            return self.house.fates()
        except self.forgives:
            return Counter()

    def watch(self, *, seconds: float) -> None:
        """Look again and again for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            time.sleep(0.05)

    def wait_until(
        self, truth: Callable[[Counter[str]], object], *, seconds: float = 180
    ) -> Counter[str]:
        """Look again and again until ``truth`` holds of the fates."""
        deadline = time.monotonic() + seconds
        while not truth(fates := self.check()):
            assert time.monotonic() < deadline, f"{fates}\n{self.house.logs()}"
            time.sleep(0.05)
        return fates

    def wait_until_sent(self, *, seconds: float = 180) -> Counter[str]:
        """Everybody has a final fate and the mailing says so."""
        self.wait_until(is_settled, seconds=seconds)
        return self.wait_until(lambda fates: fates and self.house.state() == "sent")

    def received(self) -> list[str]:
        sinks = self.sinks or [self.house.sink]
        return [recipient for sink in sinks for _, recipient, _ in sink.mails]

    def totals(self) -> dict[str, int]:
        """What became of everybody, the mail server's word against the ledger's."""
        got = Counter(self.received())
        rows = self.house.select(
            "SELECT address, fate FROM mailings_recipient WHERE fate <> 'left_out'"
        )
        fates = Counter(fate for _, fate in rows)
        # Neither the ledger nor the server has them, and nobody is to see to it.
        lost = [a for a, fate in rows if fate == "sent" and a not in got]
        return {
            "recipients": self.recipients,
            "sent": fates["sent"],
            "failed": fates["failed"],
            "uncertain": fates["uncertain"],
            "allowed": self.most_uncertain,
            "doubles": sum(count - 1 for count in got.values()),
            "lost": len(lost) + self.recipients - len(rows) + fates["ready"],
            "unlisted": sum(a in got and fate == "failed" for a, fate in rows),
            "looks": self.looks,
            "seconds": int(time.monotonic() - self.started_at),
        }

    def assert_right(self) -> dict[str, int]:
        """Nobody twice, nobody lost, what is unknown is uncertain, listed and little.

        The product's own command says the same as the rows. Gives the totals.
        """
        totals = self.totals()
        assert (totals["doubles"], totals["lost"], totals["unlisted"]) == (0, 0, 0)
        assert totals["uncertain"] <= self.most_uncertain, totals
        said = self.house.winback("mailing", "status", "1")
        assert [said[name] for name in ("sent", "failed", "uncertain")] == [
            totals[name] for name in ("sent", "failed", "uncertain")
        ]
        assert self.looks > 10
        return totals


def is_settled(fates: Counter[str]) -> bool:
    """Whether everybody has a final fate."""
    return bool(fates) and not fates["ready"] and not fates["handing_over"]
