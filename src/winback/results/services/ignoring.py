"""``Lead.ignored_in_a_row``: the ledger's word, kept on the lead for quick counting.

A mail is ignored that was sent 72 hours ago or more, did not come back, and after
which the person has not opened, clicked or replied to any of our mails.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from winback.consent.models import ConsentSettings
from winback.crm.models import Lead
from winback.mailings.models import Fate, Recipient
from winback.results.rules import IGNORED_IS_FINAL_AFTER

LEADS_A_STEP = 2_000
ROUND_EVERY = timedelta(days=1)
# Reactions older than this were seen by the round.
ENGAGED_WITHIN = timedelta(days=2)


def count_ignored(*, now: datetime) -> int:
    """One step of the daily round over all leads; how many were looked at.

    Where it stands is kept, so that a stopped worker loses one step at most. 0 when
    the round is over and the next one is not due.
    """
    state = ConsentSettings.current()
    if state.count_began_at is None or now - state.count_began_at >= ROUND_EVERY:
        state.counted_lead_id, state.count_began_at = 0, now
    # Who was never mailed has ignored nothing, and may have to forget a number.
    leads = Lead.objects.filter(pk__gt=state.counted_lead_id).filter(
        Q(last_mailed_at__isnull=False) | Q(ignored_in_a_row__gt=0)
    )
    ids = list(leads.order_by("pk").values_list("pk", flat=True)[:LEADS_A_STEP])
    _recount(Lead.objects.filter(pk__any_of=ids), now=now)
    ConsentSettings.keep(
        counted_lead_id=max(ids, default=state.counted_lead_id),
        count_began_at=state.count_began_at,
    )
    return len(ids)


def recount_engaged(*, now: datetime) -> int:
    """Who reacted lately ignores us no more; how many leads changed.

    All leads of a person: a reaction is noted on the one that was written to.
    """
    engaged = Lead.objects.filter(last_engaged_at__gte=now - ENGAGED_WITHIN)
    of_person = engaged.filter(email_normalized=OuterRef("email_normalized"))
    waiting = Lead.objects.filter(ignored_in_a_row__gt=0)
    ids = list(
        waiting.exclude(email_normalized="")
        .filter(Exists(of_person.exclude(email_normalized="")))
        .values_list("pk", flat=True)
    )
    return _recount(Lead.objects.filter(pk__any_of=ids), now=now)


def _recount(leads: QuerySet[Lead], *, now: datetime) -> int:
    ignored = _ignored(now)
    return leads.exclude(ignored_in_a_row=ignored).update(ignored_in_a_row=ignored)


def _ignored(now: datetime) -> Coalesce:
    """For queries on leads: how many mails in a row the person has ignored."""
    mailed = Recipient.objects.filter(~Q(address=""), fate=Fate.SENT)
    reacted = mailed.filter(address=OuterRef("address")).filter(
        Q(opened_at__gte=OuterRef("sent_at"))
        | Q(clicked_at__gte=OuterRef("sent_at"))
        | Q(replied_at__gte=OuterRef("sent_at"))
    )
    unanswered = (
        mailed.filter(
            ~Exists(reacted),
            address=OuterRef("email_normalized"),
            bounced_at__isnull=True,
            sent_at__lte=now - IGNORED_IS_FINAL_AFTER,
        )
        .order_by()
        .values("address")
        .annotate(mails=Count("pk"))
        .values("mails")
    )
    return Coalesce(Subquery(unanswered), Value(0))
