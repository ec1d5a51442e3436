"""Who said no, and to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from winback.consent.fingerprints import all_fingerprints
from winback.consent.models import (
    BlacklistEntry,
    OptOut,
    Preference,
    Topic,
)
from winback.consent.rules import Frequency, Refusal, domains_over
from winback.core.text import fold
from winback.crm.models import Lead

# Below the limit of parameters that every SQLite build accepts in one statement.
ADDRESSES_PER_QUERY = 10_000


def default_topic() -> Topic:
    """The topic that new mailings are about; a migration made it."""
    return Topic.objects.get(is_default=True)


def topics_in_use() -> QuerySet[Topic]:
    """The topics that people may choose among, the default first."""
    return Topic.objects.filter(archived_at=None).order_by("-is_default", "name")


def in_batches(addresses: Collection[str]) -> Iterator[list[str]]:
    """The different addresses, in lists that fit into one statement."""
    unique = sorted(set(addresses) - {""})
    for start in range(0, len(unique), ADDRESSES_PER_QUERY):
        yield unique[start : start + ADDRESSES_PER_QUERY]


def refused_addresses(
    addresses: Collection[str], *, topic_id: int, now: datetime
) -> dict[str, Refusal]:
    """Those of the normalised ``addresses`` that may not get mail about the topic.

    An address that is missing in the answer may be written to. One query for
    up to ``ADDRESSES_PER_QUERY`` addresses, whatever there is on the blacklist.
    """
    refused: dict[str, Refusal] = {}
    for batch in in_batches(addresses):
        whose = blacklist_keys(batch)
        found = _said_no(batch, [*whose], topic_id=topic_id, now=now)
        # Weakest first, so that the strongest is what stays.
        for key, place in sorted(found, key=lambda one: -one[1]):
            refused |= dict.fromkeys(whose[key], _REFUSALS[place])
    return refused


_REFUSALS = tuple(Refusal)
_Row = tuple[str, int]


def blacklist_keys(addresses: Collection[str]) -> dict[str, list[str]]:
    """Everything that the addresses may stand on the blacklist under, and whose
    it is: themselves, their domains and those above, their fingerprints."""
    whose: dict[str, list[str]] = defaultdict(list)
    by_domain: dict[str, list[str]] = defaultdict(list)
    for address in addresses:
        whose[address].append(address)
        by_domain[address.rpartition("@")[2]].append(address)
        for key in all_fingerprints(address):
            whose[key].append(address)
    for domain, of_domain in by_domain.items():
        for key in domains_over(domain):
            whose[key] += of_domain
    return whose


def _said_no(
    addresses: list[str], keys: list[str], *, topic_id: int, now: datetime
) -> Collection[_Row]:
    """(address or key of the blacklist, place in ``_REFUSALS``) of those who did."""
    entries = BlacklistEntry.objects.order_by().filter(address__any_of=keys)
    out = standing_opt_outs(topic_id, now=now).filter(address__any_of=addresses)
    wishes = Preference.objects.filter(address__any_of=addresses)
    paused = wishes.filter(paused_until__gt=now)
    fewer = wishes.filter(_was_mailed_within_its_gap(now))
    rows: list[QuerySet[Any, _Row]] = [
        found.values_list("address", Value(place))
        for place, found in enumerate((entries, out, paused, fewer))
    ]
    return rows[0].union(*rows[1:], all=True)


def _was_mailed_within_its_gap(now: datetime) -> Q:
    """For queries on preferences: whether the person's next mail is too early."""
    too_early = Q()
    for gap in Frequency:
        mailed = Lead.objects.filter(
            ~Q(email_normalized=""),  # says that the index of addresses may serve
            email_normalized=OuterRef("address"),
            last_mailed_at__gt=now - timedelta(days=gap),
        )
        too_early |= Q(Exists(mailed), mail_gap_days=gap)
    return too_early


def wants_a_pause(now: datetime) -> Q:
    """For queries on leads: no mail at all for now."""
    return Q(paused_until__gt=now)


def wants_fewer_mails(now: datetime) -> Q:
    """For queries on leads: the last mail is too young for the person's wish."""
    too_early = Q()
    for gap in Frequency:
        since = now - timedelta(days=gap)
        too_early |= Q(mail_gap_days=gap, last_mailed_at__gt=since)
    return too_early


def standing_opt_outs(topic_id: int, *, now: datetime) -> QuerySet[OptOut]:
    """Opt-outs of one topic that are for good or still run."""
    return OptOut.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), topic_id=topic_id
    )


def entries_against(address: str) -> list[BlacklistEntry]:
    """All entries that block one address; its own, of its domains, its fingerprint."""
    keys = [*blacklist_keys([address])]
    return list(BlacklistEntry.objects.filter(address__in=keys).order_by("pk"))


def blacklist_matching(
    text: str, *, kind: str = "", reason: str = ""
) -> QuerySet[BlacklistEntry]:
    """Entries whose address or note holds ``text``, of one kind and reason if given.

    A whole address also finds the entries that block it: of its domain, or its
    fingerprint.
    """
    entries = BlacklistEntry.objects.select_related("created_by")
    if kind:
        entries = entries.filter(kind=kind)
    if reason:
        entries = entries.filter(reason=reason)
    wanted = fold(text.strip())
    if not wanted:
        return entries
    found = Q(address__contains=wanted) | Q(note__icontains=wanted)
    if "@" in wanted:
        found |= Q(address__in=[*blacklist_keys([wanted])])
    return entries.filter(found)
