"""Who said no, and to what."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from winback.consent.models import BlacklistEntry, OptOut, Topic
from winback.consent.rules import Refusal
from winback.core.text import fold
from winback.crm.models import Lead

# Below the limit of parameters that every SQLite build accepts in one statement.
ADDRESSES_PER_QUERY = 10_000


def default_topic() -> Topic:
    """The topic that new mailings are about; a migration made it."""
    return Topic.objects.get(is_default=True)


def in_batches(addresses: Collection[str]) -> Iterator[list[str]]:
    """The different addresses, in lists that fit into one statement."""
    unique = sorted(set(addresses) - {""})
    for start in range(0, len(unique), ADDRESSES_PER_QUERY):
        yield unique[start : start + ADDRESSES_PER_QUERY]


def refused_addresses(
    addresses: Collection[str], *, topic_id: int, now: datetime
) -> dict[str, Refusal]:
    """Those of the normalised ``addresses`` that may not get mail about the topic.

    An address that is missing in the answer may be written to. Two queries for
    up to ``ADDRESSES_PER_QUERY`` addresses.
    """
    refused: dict[str, Refusal] = {}
    for batch in in_batches(addresses):
        out = standing_opt_outs(topic_id, now=now).filter(address__any_of=batch)
        black = BlacklistEntry.objects.filter(address__any_of=batch)
        refused |= dict.fromkeys(
            out.values_list("address", flat=True), Refusal.OPTED_OUT
        )
        refused |= dict.fromkeys(
            black.order_by().values_list("address", flat=True), Refusal.BLACKLISTED
        )
    return refused


def standing_opt_outs(topic_id: int, *, now: datetime) -> QuerySet[OptOut]:
    """Opt-outs of one topic that are for good or still run."""
    return OptOut.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), topic_id=topic_id
    )


def is_on_blacklist() -> Exists:
    """For queries on leads: whether the lead's address is on the blacklist."""
    return Exists(BlacklistEntry.objects.filter(address=OuterRef("email_normalized")))


def leads_with_wrong_flag() -> QuerySet[Lead]:
    """Leads whose ``blacklisted`` differs from the blacklist; none if all is well."""
    return Lead.objects.exclude(blacklisted=is_on_blacklist())


def blacklist_matching(text: str) -> QuerySet[BlacklistEntry]:
    """Entries whose address or note holds ``text``; all of them if it is empty."""
    entries = BlacklistEntry.objects.select_related("created_by")
    wanted = fold(text.strip())
    if not wanted:
        return entries
    return entries.filter(Q(address__contains=wanted) | Q(note__icontains=wanted))
