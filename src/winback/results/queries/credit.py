"""What people did with our mails before a success."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from winback.crm.models import Lead
from winback.mailings.models import Fate, Recipient
from winback.reactions.models import (
    EffectKind,
    Hit,
    HitKind,
    InboundKind,
    InboundMessage,
    MessageEffect,
    Verdict,
)
from winback.results.rules import CREDIT_WINDOW, Response, credited_response

_DATES = {"opened_at": "opened", "clicked_at": "clicked", "replied_at": "replied"}
# Who got the mail that was responded to: the ledger row's lead and address.
_Answer = tuple[int, str, Response]


def last_responses(
    lead_ids: Collection[int], *, until: datetime
) -> dict[int, Response]:
    """What each lead's person did last with our mails in the 30 days before.

    Openings, clicks and answers to the lead's own mails and to those sent to
    its address for another lead. Leads whose person did nothing are not in the
    answer. Four queries for any number of leads.
    """
    leads = Lead.objects.filter(pk__in=lead_ids)
    address_of = dict(leads.values_list("pk", "email_normalized"))
    by_lead: defaultdict[int, list[Response]] = defaultdict(list)
    by_address: defaultdict[str, list[Response]] = defaultdict(list)
    for lead_id, address, response in _answers(address_of, until=until):
        by_lead[lead_id].append(response)
        by_address[address].append(response)
    found = {}
    for lead_id, address in address_of.items():
        theirs = by_lead.get(lead_id, []) + by_address.get(address, [])
        if last := credited_response(theirs, success_at=until):
            found[lead_id] = last
    return found


def _answers(address_of: dict[int, str], *, until: datetime) -> Iterator[_Answer]:
    addresses = {address for address in address_of.values() if address}
    mailed = Recipient.objects.filter(
        Q(lead__in=address_of) | Q(address__in=addresses),
        fate=Fate.SENT,
        sent_at__lte=until,
    )
    window = (until - CREDIT_WINDOW, until)
    yield from _noted_in_the_ledger(mailed, window)
    yield from _hits(mailed, window)
    yield from _replies(mailed, window)


def _noted_in_the_ledger(
    mailed: QuerySet[Recipient], window: tuple[datetime, datetime]
) -> Iterator[_Answer]:
    anything = Q()
    for name in _DATES:
        anything |= Q(**{f"{name}__range": window})
    rows = mailed.filter(anything).values_list(
        "lead_id", "address", "pk", "mailing_id", *_DATES
    )
    for lead_id, address, pk, mailing_id, *dates in rows:
        for kind, at in zip(_DATES.values(), dates, strict=True):
            if at:
                yield lead_id, address, Response(at, pk, kind, mailing_id)


def _hits(
    mailed: QuerySet[Recipient], window: tuple[datetime, datetime]
) -> Iterator[_Answer]:
    hits = Hit.objects.filter(
        recipient__in=mailed, verdict=Verdict.PERSON, at__range=window
    ).values_list(
        "recipient__lead_id",
        "recipient__address",
        "recipient_id",
        "recipient__mailing_id",
        "kind",
        "at",
    )
    for lead_id, address, pk, mailing_id, kind, at in hits:
        done = "clicked" if kind == HitKind.CLICK else "opened"
        yield lead_id, address, Response(at, pk, done, mailing_id)


def _replies(
    mailed: QuerySet[Recipient], window: tuple[datetime, datetime]
) -> Iterator[_Answer]:
    counted = MessageEffect.objects.filter(
        message=OuterRef("pk"), kind=EffectKind.REPLIED
    )
    replies = InboundMessage.objects.filter(
        # Not one that somebody took back; older ones have no effects noted.
        Exists(counted.filter(undone_at=None)) | ~Exists(counted),
        recipient__in=mailed,
        kind=InboundKind.REPLY,
        received_at__range=window,
    ).values_list(
        "recipient__lead_id",
        "recipient__address",
        "recipient_id",
        "recipient__mailing_id",
        "received_at",
    )
    for lead_id, address, pk, mailing_id, at in replies:
        yield lead_id, address, Response(at, pk or 0, "replied", mailing_id)
