"""Testing the water: the most promising addresses first, the rest if that goes well."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from winback.delivery.lanes import canary_rows
from winback.delivery.models import MailingWatch
from winback.delivery.rules.guards import CanaryState, judge, judge_canary
from winback.delivery.rules.lanes import CANARY
from winback.delivery.services.guarding import last_reception, rates, stop_because
from winback.mailings.models import Fate, Mailing, MailingState, Recipient

logger = logging.getLogger(__name__)
# How recent is recent, for the choice of addresses; our own choice.
ENGAGED_WITHIN = timedelta(days=180)
MAILED_WITHIN = timedelta(days=365)
_BEGUN = [Fate.HANDING_OVER, Fate.SENT, Fate.FAILED, Fate.UNCERTAIN]


def choose_canary(mailing: Mailing, *, now: datetime) -> int:
    """Move the rows most likely to arrive into the canary's lanes; how many.

    People who reacted lately come first, then those mailed lately without a
    bounce, then addresses at the large groups, then the youngest losses; whoever
    has bounced before comes last. 0, and nobody waits, if the audience is no
    larger than the canary.
    """
    ready = Recipient.objects.filter(mailing=mailing, fate=Fate.READY)
    promising = _most_promising_first(ready, now=now)
    chosen = list(promising.values_list("pk", flat=True)[: mailing.canary_size + 1])
    if len(chosen) <= mailing.canary_size:
        return 0
    rows = Recipient.objects.filter(pk__any_of=chosen[: mailing.canary_size])
    return rows.update(lane=Concat(Value(CANARY), "lane"))


def advance_canary(mailing: Mailing, *, now: datetime) -> bool:
    """Look how far the test is; True once the rest may go.

    When all its mails have an answer and the waiting time is over, the guard's
    bounce rate decides: the rest goes, or the mailing stops and says why.
    """
    watch = MailingWatch.objects.get(mailing=mailing)
    if watch.canary_passed_at is not None:
        return True
    if mailing.state != MailingState.SENDING:
        return False
    if _state(mailing) is CanaryState.TESTING:
        return False
    if watch.canary_settled_at is None:
        watch.canary_settled_at = now
        watch.save(update_fields=["canary_settled_at"])
    if now < canary_ends_at(mailing, watch.canary_settled_at):
        return False
    judgement = judge(last_reception(mailing.pk), rates(), least_mails=1)
    if judgement is not None:
        stop_because(mailing, judgement, now=now)
        return False
    watch.canary_passed_at = now
    watch.save(update_fields=["canary_passed_at"])
    logger.info("The canary of mailing %s went well", mailing.pk)
    return True


def canary_ends_at(mailing: Mailing, settled_at: datetime) -> datetime:
    """Until when bounces are waited for."""
    return settled_at + timedelta(minutes=mailing.canary_wait_minutes)


def _state(mailing: Mailing) -> CanaryState:
    # Until it has passed nothing but the canary has begun, so both are few rows.
    rows = mailing.recipients.order_by()
    begun = rows.filter(fate__in=_BEGUN).aggregate(
        all=Count("pk"), handing_over=Count("pk", filter=Q(fate=Fate.HANDING_OVER))
    )
    waiting = canary_rows(mailing.pk).aggregate(
        all=Count("pk"), untried=Count("pk", filter=Q(attempts=0))
    )
    return judge_canary(
        rows=begun["all"] + waiting["all"],
        handing_over=begun["handing_over"],
        untried=waiting["untried"],
        retrying=waiting["all"] - waiting["untried"],
    )


def _most_promising_first(
    rows: QuerySet[Recipient], *, now: datetime
) -> QuerySet[Recipient]:
    tier = Case(
        When(lead__bounce_count__gt=0, then=4),
        When(lead__last_engaged_at__gte=now - ENGAGED_WITHIN, then=0),
        When(lead__last_mailed_at__gte=now - MAILED_WITHIN, then=1),
        When(~Q(lane=""), then=2),
        default=3,
        output_field=IntegerField(),
    )
    return rows.order_by(
        tier,
        F("lead__last_engaged_at").desc(nulls_last=True),
        F("lead__last_mailed_at").desc(nulls_last=True),
        F("lead__lost_at").desc(nulls_last=True),
        "pk",
    )
