"""What the home page tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise

from winback.accounts.models import User
from winback.crm.models import Lead, LeadLoss, LeadStatus, Task
from winback.mailings.models import Mailing
from winback.mailings.queries import with_subject_line
from winback.results.cards import LABELS
from winback.results.queries import Figure, smart_buttons_of

RECENT = timedelta(days=90)
LAST_MAILINGS = 5
# What a line of the home page shows of a mailing's ten figures.
SHOWN_BUTTONS = ("sent", "opened", "replied", "leads")
NEXT_TASKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTotals:
    """Leads this person may see, by what became of them."""

    open: int
    lost: int
    lost_with_address: int
    won: int
    restored_lately: int

    @property
    def any(self) -> bool:
        return bool(self.open or self.lost or self.won)


def lead_totals(user: User, *, now: datetime) -> LeadTotals:
    """Five queries: apart, each finds an index, which one over all leads would not."""
    leads = Lead.objects.visible_to(user)
    lost = leads.filter(status=LeadStatus.LOST)
    restored = (
        LeadLoss.objects.filter(restored_at__gte=now - RECENT, lead__in=leads)
        .values("lead")
        .distinct()
    )
    return LeadTotals(
        open=leads.filter(status=LeadStatus.OPEN, active=True).count(),
        lost=lost.count(),
        lost_with_address=lost.exclude(email_normalized="").count(),
        won=leads.filter(status=LeadStatus.WON).count(),
        restored_lately=restored.count(),
    )


@dataclass(frozen=True, slots=True)
class MailingLine:
    """One mailing with its few figures; none of them before it started."""

    mailing: Mailing
    figures: list[tuple[Promise, Figure]]


def last_mailings(*, now: datetime) -> list[MailingLine]:
    """The mailings changed last, newest first; three queries for all of them."""
    changed_last = Mailing.objects.order_by("-changed_at", "-pk")
    mailings = list(with_subject_line(changed_last)[:LAST_MAILINGS])
    started = [mailing for mailing in mailings if mailing.started_at]
    buttons = smart_buttons_of(started, now=now) if started else {}
    return [
        MailingLine(
            mailing,
            [
                (LABELS[name], buttons[mailing.pk][name])
                for name in SHOWN_BUTTONS
                if mailing.pk in buttons
            ],
        )
        for mailing in mailings
    ]


def next_tasks(user: User) -> list[Task]:
    """What this person is asked to do, the most urgent first.

    A lead may have gone to somebody else since: its tasks are not shown then.
    """
    leads = Lead.objects.visible_to(user)
    return list(
        Task.objects.filter(owner=user, done_at=None, lead__in=leads)
        .select_related("lead")
        .order_by("due_at", "created_at")[:NEXT_TASKS]
    )
