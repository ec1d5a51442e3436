"""Reads of mailings and of their ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.crm.models import Lead
from winback.crm.risk import risk_is
from winback.mailings.models import (
    STILL_TO_SEND,
    Fate,
    LeftOutReason,
    Mailing,
    MailingState,
    Recipient,
    VersionContent,
)
from winback.segments.caution_words import ADDRESS_MESSAGES
from winback.segments.waterfall import (
    WILL_BE_MAILED,
    Reach,
    Waterfall,
    people,
    waterfall,
)

# What a mail can be sent to, and better were not.
DOUBTFUL_QUALITIES = tuple(ADDRESS_MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSums:
    """Where a mailing's recipients stand.

    Always: matched = will_be_mailed + all of left_out, and will_be_mailed =
    sent + failed + uncertain + still_to_send.
    """

    matched: int
    left_out: dict[str, int]  # every reason, in the order in which they are asked
    will_be_mailed: int
    sent: int
    failed: int
    uncertain: int
    still_to_send: int

    @property
    def left_out_total(self) -> int:
        return sum(self.left_out.values())

    @property
    def hold(self) -> bool:
        """Whether both sums hold; they cannot fail to but for a fault of ours."""
        handled = self.sent + self.failed + self.uncertain + self.still_to_send
        return (
            self.matched == self.will_be_mailed + self.left_out_total
            and self.will_be_mailed == handled
        )


def ledger_sums(mailing: Mailing) -> LedgerSums:
    """The figures of one mailing's ledger by one statement; zeros before its start."""
    rows = mailing.recipients.order_by().values("fate", "left_out_reason")
    counted = rows.annotate(n=Count("pk"))
    fates = dict.fromkeys(Fate.values, 0)
    left_out = dict.fromkeys(LeftOutReason.values, 0)
    for row in counted:
        fates[row["fate"]] += row["n"]
        if row["fate"] == Fate.LEFT_OUT:
            left_out[row["left_out_reason"]] += row["n"]
    still_to_send = sum(fates[fate] for fate in STILL_TO_SEND)
    handled = fates[Fate.SENT] + fates[Fate.FAILED] + fates[Fate.UNCERTAIN]
    return LedgerSums(
        matched=sum(fates.values()),
        left_out=left_out,
        will_be_mailed=handled + still_to_send,
        sent=fates[Fate.SENT],
        failed=fates[Fate.FAILED],
        uncertain=fates[Fate.UNCERTAIN],
        still_to_send=still_to_send,
    )


def mailings_of(user: User) -> QuerySet[Mailing]:
    """The mailings this person may see: all, for those who work with mailings.

    Each carries its ``subject_line``, for showing it by ``mailing_title``.
    """
    if user.may(Right.USE_MAILINGS):
        return with_subject_line(Mailing.objects.all())
    return Mailing.objects.none()


def with_subject_line(mailings: QuerySet[Mailing]) -> QuerySet[Mailing]:
    """``mailings`` with ``subject_line``: the general content's subject, or None."""
    general = VersionContent.objects.filter(
        version__mailing=OuterRef("pk"), language=""
    ).order_by("version__label")
    return mailings.annotate(subject_line=Subquery(general.values("subject")[:1]))


def due_mailings(now: datetime) -> QuerySet[Mailing]:
    """Scheduled mailings whose time has come, longest waiting first."""
    return Mailing.objects.filter(
        state=MailingState.SCHEDULED, scheduled_at__lte=now
    ).order_by("scheduled_at", "pk")


def mailings_to_prepare() -> QuerySet[Mailing]:
    """Mailings sent by hand whose time to undo runs and whose ledger nobody writes."""
    return Mailing.objects.filter(
        state=MailingState.SCHEDULED,
        undo_until__isnull=False,
        ledger_begun_at__isnull=True,
    ).order_by("scheduled_at", "pk")


def drafts_with_ledger() -> QuerySet[Mailing]:
    """Mailings that were taken back after their ledger had been written."""
    rows = Recipient.objects.filter(mailing=OuterRef("pk"))
    return Mailing.objects.filter(Exists(rows), state=MailingState.DRAFT)


def reach_of(mailing: Mailing, *, now: datetime) -> Reach:
    """Whom the mailing's rules and settings reach, of what its responsible may see."""
    return Reach(
        tree=mailing.rules,
        user=mailing.responsible,
        topic_id=mailing.topic_id,
        frequency_cap_days=mailing.frequency_cap_days,
        now=now,
    )


def planned_figures(mailing: Mailing, *, now: datetime) -> Waterfall:
    """Whom the mailing would reach if it started now.

    Counts what its responsible may see. Raises RuleTreeError.
    """
    return waterfall(reach_of(mailing, now=now))


def planned_people(mailing: Mailing, *, now: datetime) -> QuerySet[Lead]:
    """The leads that would be written to, in a stable order. Raises RuleTreeError."""
    return people(reach_of(mailing, now=now), reason=WILL_BE_MAILED).order_by("pk")


def doubtful_address_counts(mailing: Mailing, *, now: datetime) -> dict[str, int]:
    """Of the people to be mailed, how many have which doubtful address.

    By address quality, and ``high_risk`` of those whose quality says nothing; kinds
    that nobody has are left out. One statement. Raises RuleTreeError.
    """
    counts = planned_people(mailing, now=now).aggregate(
        **{
            quality: Count("pk", filter=Q(address_quality=quality))
            for quality in DOUBTFUL_QUALITIES
        },
        high_risk=Count(
            "pk",
            filter=risk_is(["high"], now=now)
            & ~Q(address_quality__in=DOUBTFUL_QUALITIES),
        ),
    )
    return {code: count for code, count in counts.items() if count}


def searched(mailings: QuerySet[Mailing], text: str) -> QuerySet[Mailing]:
    """Mailings with ``text`` in their name, a subject, their campaign or person."""
    words = text.split()
    for word in words:
        mailings = mailings.filter(
            Q(name__icontains=word)
            | Q(campaign__name__icontains=word)
            | Q(responsible__first_name__icontains=word)
            | Q(responsible__last_name__icontains=word)
            | Q(responsible__email__icontains=word)
        )
    return mailings
