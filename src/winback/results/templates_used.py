"""What came of a template: the mailings made from it, and their figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from winback.accounts.models import User
from winback.content.models import Template
from winback.mailings.models import Mailing
from winback.mailings.queries import mailings_of
from winback.results.queries import Figure, smart_buttons_of
from winback.results.rules import RATE_OF, Button, rate

SHOWN_MAILINGS = 20
_SUMMED = (
    Button.SENT,
    Button.RECEIVED,
    Button.OPENED,
    Button.CLICKED,
    Button.REPLIED,
    Button.LEADS,
)
Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """``mailings`` are the newest ones with their figures, None of a draft;
    ``total`` is that of all that have begun, None if none has."""

    mailings: list[tuple[Mailing, Figures | None]]
    used: int
    total: Figures | None


def usage_of(template: Template, user: User, *, now: datetime) -> Usage:
    """Of the mailings that this person may see. Three queries."""
    made = list(mailings_of(user).filter(template=template).order_by("-pk"))
    begun = [mailing for mailing in made if mailing.started_at]
    figures = smart_buttons_of(begun, now=now) if begun else {}
    return Usage(
        mailings=[(one, figures.get(one.pk)) for one in made[:SHOWN_MAILINGS]],
        used=len(made),
        total=_sum(figures.values()) if figures else None,
    )


def _sum(figures: Iterable[Figures]) -> Figures:
    """Counts together, and the rates of the sums: large mailings weigh more."""
    rows = list(figures)
    counts = {name: sum(row[name].count for row in rows) for name in _SUMMED}
    return {
        name.value: Figure(
            count=counts[name],
            rate=rate(counts[name], counts[RATE_OF[name]]) if name in RATE_OF else None,
        )
        for name in _SUMMED
    }
