"""How a mailing goes, for the screen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, Value
from django.db.models.functions import Left, StrIndex, Substr
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from winback.core.formats import number_text
from winback.delivery.holding import holding_lines
from winback.delivery.models import MailingWatch
from winback.delivery.quotas import Moment
from winback.delivery.services.canary import canary_ends_at
from winback.delivery.turns import tests_the_water
from winback.mailings.models import (
    STILL_TO_SEND,
    FailureClass,
    Fate,
    Mailing,
    MailingState,
)
from winback.mailings.queries import LedgerSums, ledger_sums

RATE_OVER = timedelta(seconds=60)
CLAIMED_BEFORE = timedelta(minutes=5)
MOST_DOMAINS = 500
SHOWN_TROUBLES = 8
_RUNNING = {MailingState.SCHEDULED, MailingState.SENDING}
_MAY_SEND_AGAIN = {MailingState.SENDING, MailingState.PAUSED, MailingState.SENT}
# "550 5.1.1 ..." and "451 4.7.1 ..." are the same trouble whatever follows.
_CODE_LENGTH = 9

TROUBLE_WORDS: dict[tuple[str, str], Promise] = {
    (Fate.FAILED, FailureClass.ADDRESS): ngettext_lazy(
        "%(shown)s address was refused: nobody gets mail there.",
        "%(shown)s addresses were refused: nobody gets mail there.",
        "count",
    ),
    (Fate.FAILED, FailureClass.MESSAGE): ngettext_lazy(
        "%(shown)s mail was refused for what it says or how large it is.",
        "%(shown)s mails were refused for what they say or how large they are.",
        "count",
    ),
    (Fate.FAILED, FailureClass.SERVER): ngettext_lazy(
        "%(shown)s mail was given up after a day of trying.",
        "%(shown)s mails were given up after a day of trying.",
        "count",
    ),
    (Fate.FAILED, FailureClass.CONTENT): ngettext_lazy(
        "%(shown)s mail could not be written with this person's values.",
        "%(shown)s mails could not be written with these people's values.",
        "count",
    ),
    (Fate.UNCERTAIN, ""): ngettext_lazy(
        "%(shown)s mail was on its way when the connection broke: perhaps it arrived.",
        "%(shown)s mails were on their way when the connection broke:"
        " perhaps they arrived.",
        "count",
    ),
    (Fate.READY, ""): ngettext_lazy(
        "%(shown)s mail was turned away for now and will be tried again.",
        "%(shown)s mails were turned away for now and will be tried again.",
        "count",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryProgress:
    """A mailing that tests the water: ``done`` of ``size``; then bounces are
    waited for until ``ends_at``."""

    size: int
    done: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The figures that change while it runs."""

    sums: LedgerSums
    is_running: bool
    mails_per_minute: int
    minutes_left: int | None
    next_due_at: datetime | None
    may_send_again: bool
    holding: list[str]  # what keeps mails waiting, in words
    canary: CanaryProgress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFigures:
    name: str
    sent: int
    failed: int
    uncertain: int
    still_to_send: int

    @property
    def whole(self) -> int:
        """All its mails, whatever became of them."""
        return self.sent + self.failed + self.uncertain + self.still_to_send


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Rows that failed alike: how many, in words, and one server's own words."""

    count: int
    words: str
    example: str


def progress_of(mailing: Mailing, *, now: datetime) -> Progress:
    """Sums, pace, time left and what holds it back. Some ten statements at most.

    Where something holds mails back, its words tell the time; a guess from the
    pace of the others would tell another.
    """
    sums = ledger_sums(mailing)
    is_running = mailing.state in _RUNNING
    is_sending = mailing.state == MailingState.SENDING
    rate = mails_per_minute(mailing, now=now) if is_running else 0
    holding = holding_lines(mailing, at=Moment.of(now)) if is_sending else []
    canary = _canary(mailing, sums) if is_sending else None
    later = mailing.recipients.filter(fate=Fate.READY, due_at__gt=now)
    left = 0 if holding or canary else sums.still_to_send
    return Progress(
        sums=sums,
        is_running=is_running,
        mails_per_minute=rate,
        minutes_left=_minutes_left(left, rate, mailing.mails_per_hour),
        next_due_at=later.aggregate(at=Min("due_at"))["at"] if is_running else None,
        may_send_again=mailing.state in _MAY_SEND_AGAIN,
        holding=holding,
        canary=canary,
    )


def _canary(mailing: Mailing, sums: LedgerSums) -> CanaryProgress | None:
    if not mailing.canary:
        return None
    watch = MailingWatch.objects.filter(mailing=mailing).first()
    if watch is None or not tests_the_water(mailing, watch):
        return None
    settled_at = watch.canary_settled_at
    return CanaryProgress(
        size=mailing.canary_size,
        done=sums.sent + sums.failed + sums.uncertain,
        ends_at=canary_ends_at(mailing, settled_at) if settled_at else None,
    )


def domains_of(mailing: Mailing) -> list[DomainFigures]:
    """The receiving domains, those with the most mails first."""
    domain = Substr("address", StrIndex("address", Value("@")) + 1)
    rows = (
        mailing.recipients.exclude(fate=Fate.LEFT_OUT)
        .order_by()
        .annotate(domain=domain)
        .values("domain")
        .annotate(
            n=Count("pk"),
            sent=Count("pk", filter=Q(fate=Fate.SENT)),
            failed=Count("pk", filter=Q(fate=Fate.FAILED)),
            uncertain=Count("pk", filter=Q(fate=Fate.UNCERTAIN)),
            still_to_send=Count("pk", filter=Q(fate__in=STILL_TO_SEND)),
        )
        .order_by("-n", "domain")[:MOST_DOMAINS]
    )
    return [
        DomainFigures(
            name=row["domain"],
            sent=row["sent"],
            failed=row["failed"],
            uncertain=row["uncertain"],
            still_to_send=row["still_to_send"],
        )
        for row in rows
    ]


def troubles_of(mailing: Mailing) -> list[Trouble]:
    """What went wrong, grouped by kind and the server's code, most frequent first."""
    rows = (
        mailing.recipients.exclude(error="")
        .filter(fate__in=[Fate.FAILED, Fate.UNCERTAIN, Fate.READY])
        .order_by()
        .annotate(code=Left("error", _CODE_LENGTH))
        .values("fate", "failure_class", "code")
        .annotate(n=Count("pk"), example=Max("error"))
        .order_by("-n", "code")[:SHOWN_TROUBLES]
    )
    return [
        Trouble(
            count=row["n"],
            words=_trouble_words(row["fate"], row["failure_class"], row["n"]),
            example=row["example"],
        )
        for row in rows
    ]


def _trouble_words(fate: str, failure_class: str, count: int) -> str:
    given = {"count": count, "shown": number_text(count)}
    return str(TROUBLE_WORDS[fate, failure_class] % given)


def mails_per_minute(mailing: Mailing, *, now: datetime) -> int:
    """Over the last minute, or since the start if that is shorter."""
    since = max(now - RATE_OVER, mailing.started_at or now)
    # The index knows when a row was claimed: a while before it was sent.
    claimed = mailing.recipients.filter(
        fate=Fate.SENT, claimed_at__gte=since - CLAIMED_BEFORE
    )
    sent = claimed.filter(sent_at__gte=since).count()
    seconds = max((now - since).total_seconds(), 1.0)
    return round(sent * 60 / seconds)


def _minutes_left(left: int, rate: int, mails_per_hour: int | None) -> int | None:
    if mails_per_hour:
        rate = min(rate, math.ceil(mails_per_hour / 60))
    return math.ceil(left / rate) if rate and left else None
