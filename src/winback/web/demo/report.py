"""What the demo found out, and whether every sum holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from winback.mailings.models import Mailing
from winback.mailings.queries import LedgerSums, ledger_sums
from winback.results.queries import smart_buttons
from winback.segments.waterfall import Waterfall


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """The figures of the whole main job; ``problems`` is empty if all is well."""

    planned: Waterfall
    sums: LedgerSums
    buttons: dict[str, Any]
    reactions: dict[str, int]
    mailbox_count: int

    @property
    def problems(self) -> list[str]:
        sums = self.sums
        checks = {
            "matched = will be mailed + left out; will be mailed = "
            "sent + failed + uncertain + still to send": sums.hold,
            "the count before sending = the ledger": self.planned.matched
            == sums.matched,
            "nothing is left to send": sums.still_to_send == 0,
            "sent = mails in the mailbox": sums.sent == self.mailbox_count,
            "sent = button Sent": sums.sent == self.count("sent"),
            "received = sent - bounced": self.count("received")
            == sums.sent - self.count("bounced"),
            "bounced = bounces played": self.count("bounced")
            == self.reactions.get("bounced", 0),
            "replied = replies played": self.count("replied")
            == self.reactions.get("replied", 0),
            "clicked = people who clicked": self.count("clicked")
            == self.reactions.get("clicked", 0),
        }
        return [f"does not hold: {law}" for law, holds in checks.items() if not holds]

    def count(self, button: str) -> int:
        return int(self.buttons[button].count)

    def as_json(self) -> dict[str, object]:
        """The object that ``winback demo --json`` prints."""
        return {
            "matched": self.sums.matched,
            "left_out": self.sums.left_out,
            "will_be_mailed": self.sums.will_be_mailed,
            "sent": self.sums.sent,
            "failed": self.sums.failed,
            "uncertain": self.sums.uncertain,
            "buttons": {
                name: {"count": figure.count, "rate": figure.rate}
                for name, figure in self.buttons.items()
            },
            "reactions": self.reactions,
            "problems": self.problems,
        }


def report_of(
    mailing: Mailing,
    *,
    planned: Waterfall,
    reactions: dict[str, int],
    mailbox_count: int,
) -> DemoReport:
    return DemoReport(
        planned=planned,
        sums=ledger_sums(mailing),
        buttons=smart_buttons(mailing),
        reactions=reactions,
        mailbox_count=mailbox_count,
    )
