"""What a "no" covers, as plain values."""

from __future__ import annotations

import calendar
import enum
from datetime import datetime

PAUSE_MONTHS = 3


class Refusal(enum.StrEnum):
    """Why an address may not be written to; the blacklist comes first."""

    BLACKLISTED = "blacklisted"
    OPTED_OUT = "opted_out"


def months_later(at: datetime, months: int) -> datetime:
    """The same day of a later month, or that month's last day if it is shorter."""
    month_index = at.month - 1 + months
    year, month = at.year + month_index // 12, month_index % 12 + 1
    last_day = calendar.monthrange(year, month)[1]
    return at.replace(year=year, month=month, day=min(at.day, last_day))
