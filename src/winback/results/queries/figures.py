"""The smart buttons: one function computes them for every screen and command.

Each figure is a condition on the ledger's rows. The figures are one aggregate
over all conditions, the list behind a figure is the rows of its condition, so
a list and its figure cannot differ.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from winback.crm.models import Lead
from winback.mailings.models import Fate, Mailing, Recipient
from winback.reactions.models import HitKind
from winback.reactions.queries import recipients_with_unknown_hits
from winback.results.models import Conversion
from winback.results.rules import NOT_YET, RATE_OF, Button, Further, is_so_far, rate

SENT = Q(fate=Fate.SENT)
# Whoever opens, clicks or answers has got the mail, whatever a server said.
REACTED = (
    Q(opened_at__isnull=False)
    | Q(clicked_at__isnull=False)
    | Q(replied_at__isnull=False)
)
SILENT = Q(opened_at__isnull=True, clicked_at__isnull=True, replied_at__isnull=True)
BOUNCED = SENT & Q(bounced_at__isnull=False) & SILENT
RECEIVED = SENT & (Q(bounced_at__isnull=True) | REACTED)
# Somebody or something did it, and nothing says which.
UNKNOWN_OPENED = SENT & Q(
    opened_at__isnull=True,
    machine_opened_at__isnull=True,
    pk__in=recipients_with_unknown_hits(HitKind.OPEN),
)
UNKNOWN_CLICKED = SENT & Q(
    clicked_at__isnull=True,
    machine_clicked_at__isnull=True,
    pk__in=recipients_with_unknown_hits(HitKind.CLICK),
)

CONDITIONS: dict[str, Q] = {
    Button.SENT: SENT,
    Button.RECEIVED: RECEIVED,
    Button.OPENED: SENT & REACTED,
    Button.CLICKED: SENT & Q(clicked_at__isnull=False),
    Button.REPLIED: SENT & Q(replied_at__isnull=False),
    Button.BOUNCED: BOUNCED,
    Button.IGNORED: SENT & Q(bounced_at__isnull=True) & SILENT,
    Further.MACHINE_OPENED: SENT & Q(machine_opened_at__isnull=False),
    Further.MACHINE_CLICKED: SENT & Q(machine_clicked_at__isnull=False),
    Further.UNKNOWN_OPENED: UNKNOWN_OPENED,
    Further.UNKNOWN_CLICKED: UNKNOWN_CLICKED,
    Further.UNSUBSCRIBED: SENT & Q(unsubscribed_at__isnull=False),
    Further.COMPLAINED: SENT & Q(complained_at__isnull=False),
    Further.FAILED: Q(fate=Fate.FAILED),
    Further.UNCERTAIN: Q(fate=Fate.UNCERTAIN),
    Further.LEFT_OUT: Q(fate=Fate.LEFT_OUT),
}
MACHINES = {
    Button.OPENED: Further.MACHINE_OPENED,
    Button.CLICKED: Further.MACHINE_CLICKED,
}
UNKNOWN = {
    Button.OPENED: Further.UNKNOWN_OPENED,
    Button.CLICKED: Further.UNKNOWN_CLICKED,
}
_AGGREGATES = {
    str(name): Count("pk", filter=condition) for name, condition in CONDITIONS.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. ``rate`` is from 0 to 1, None where it has none or nothing to share.

    ``machine_count`` stands beside openings and clicks: mails that programs
    fetched, ``unknown_count`` those of which nothing says who it was.
    ``is_so_far``: it can still fall. ``is_ready`` is False for what
    this installation does not count yet.
    """

    count: int
    rate: float | None = None
    machine_count: int | None = None
    unknown_count: int | None = None
    is_so_far: bool = False
    is_ready: bool = True
    money: Decimal | None = None


def smart_buttons(
    mailing: Mailing, *, now: datetime | None = None
) -> dict[str, Figure]:
    """The ten smart buttons of one mailing, in their order. Two queries."""
    return smart_buttons_of([mailing], now=now)[mailing.pk]


def smart_buttons_of(
    mailings: Collection[Mailing], *, now: datetime | None = None
) -> dict[int, dict[str, Figure]]:
    """The smart buttons of several mailings by their ids. Two queries for all."""
    now = now or timezone.now()
    ids = [mailing.pk for mailing in mailings]
    counts = _ledger_counts(ids)
    leads = _lead_counts(ids)
    return {
        mailing.pk: _figures(
            counts.get(mailing.pk, {}),
            leads=leads.get(mailing.pk, 0),
            so_far=is_so_far(mailing.started_at, now=now),
        )
        for mailing in mailings
    }


def further_figures(mailing: Mailing) -> dict[str, int]:
    """What stands beside the buttons, in order. One query."""
    counts = _ledger_counts([mailing.pk]).get(mailing.pk, {})
    return {name.value: counts.get(name, 0) for name in Further}


def people_behind(mailing: Mailing, name: str) -> QuerySet[Recipient]:
    """The rows of the ledger that a figure counts, archived leads included.

    Raises KeyError for a figure without such rows: see ``leads_behind``.
    """
    return mailing.recipients.filter(CONDITIONS[name]).select_related("lead")


def leads_behind(mailing: Mailing) -> QuerySet[Lead]:
    """Leads created or restored because of the mailing, archived ones included."""
    credited = Conversion.objects.filter(mailing=mailing).values("lead")
    return Lead.objects.filter(pk__in=credited)


def _ledger_counts(mailing_ids: Collection[int]) -> dict[int, dict[str, int]]:
    rows = Recipient.objects.filter(mailing__in=mailing_ids).order_by()
    counted = rows.values("mailing_id").annotate(**_AGGREGATES)
    names = [str(name) for name in CONDITIONS]
    return {
        mailing_id: dict(zip(names, numbers, strict=True))
        for mailing_id, *numbers in counted.values_list("mailing_id", *names)
    }


def _lead_counts(mailing_ids: Collection[int]) -> dict[int, int]:
    conversions = Conversion.objects.filter(mailing__in=mailing_ids).order_by()
    counted = conversions.values("mailing_id").annotate(
        leads=Count("lead", distinct=True)
    )
    return {row["mailing_id"]: row["leads"] for row in counted}


def _figures(counts: dict[str, int], *, leads: int, so_far: bool) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for button in Button:
        count = leads if button is Button.LEADS else counts.get(button, 0)
        base = RATE_OF.get(button)
        figures[button.value] = Figure(
            count=count,
            rate=rate(count, counts.get(base, 0)) if base else None,
            machine_count=_count_beside(MACHINES, button, counts),
            unknown_count=_count_beside(UNKNOWN, button, counts),
            is_so_far=so_far and button is Button.IGNORED,
            is_ready=button not in NOT_YET,
        )
    return figures


def _count_beside(
    further: dict[Button, Further], button: Button, counts: dict[str, int]
) -> int | None:
    name = further.get(button)
    return counts.get(name, 0) if name else None
