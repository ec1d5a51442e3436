"""Who said no, and to what."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from winback.consent.fingerprints import all_fingerprints
from winback.consent.models import (
    BlacklistEntry,
    EntryKind,
    OptOut,
    Preference,
    Topic,
)
from winback.consent.rules import FINGERPRINT, Frequency, Refusal, domains_over
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
    up to ``ADDRESSES_PER_QUERY`` addresses, and a second one where there are
    fingerprints on the blacklist.
    """
    refused: dict[str, Refusal] = {}
    for batch in in_batches(addresses):
        found = _said_no(batch, topic_id=topic_id, now=now)
        listed = {key for key, place in found if not place}
        if any(place == _FINGERPRINTS for _key, place in found):
            listed |= _listed_fingerprints(batch)
        # Weakest first, so that the strongest is what stays.
        for key, place in sorted(found, key=lambda one: -one[1]):
            if 0 < place < _FINGERPRINTS:
                refused[key] = _REFUSALS[place]
        refused |= dict.fromkeys(blocked_by(listed, batch), Refusal.BLACKLISTED)
    return refused


_REFUSALS = tuple(Refusal)
_FINGERPRINTS = len(_REFUSALS)  # stands for "there are some", and for nobody


def listing_keys(addresses: Collection[str]) -> list[str]:
    """What else than fingerprints may block the addresses: they and their domains."""
    domains = {address.rpartition("@")[2] for address in addresses}
    over = {key for domain in domains for key in domains_over(domain)}
    return [*addresses, *over]


def blocked_by(keys: Collection[str], addresses: Iterable[str]) -> Iterator[str]:
    """Those of ``addresses`` that one of these entries' keys blocks."""
    if not keys:
        return
    some = set(keys)
    hashed = any(key.startswith(FINGERPRINT) for key in some)
    for address in addresses:
        own = {address, *domains_over(address)}
        if hashed:
            own.update(all_fingerprints(address))
        if not some.isdisjoint(own):
            yield address


def has_fingerprints() -> bool:
    """Whether there is anybody whose address only a hash can tell."""
    return BlacklistEntry.objects.filter(kind=EntryKind.FINGERPRINT).exists()


def _listed_fingerprints(addresses: Iterable[str]) -> set[str]:
    keys = [key for address in addresses for key in all_fingerprints(address)]
    entries = BlacklistEntry.objects.order_by().filter(address__any_of=keys)
    return set(entries.values_list("address", flat=True))


def listed_keys(addresses: Collection[str], *, hashed: bool) -> set[str]:
    """The keys of all entries that block one of the addresses.

    ``hashed``: whether there are fingerprints, see ``has_fingerprints``.
    """
    keys = listing_keys(addresses)
    entries = BlacklistEntry.objects.order_by().filter(address__any_of=keys)
    listed = set(entries.values_list("address", flat=True))
    return listed | _listed_fingerprints(addresses) if hashed else listed


# Delivery asks this twice about each mail: written out, since putting it together
# anew would cost more than the answer.
_ASKED = f"""
SELECT address, 0 FROM {BlacklistEntry._meta.db_table} WHERE address {{any_of}}
UNION ALL
SELECT address, 1 FROM {OptOut._meta.db_table}
WHERE address {{any_of}} AND topic_id = %s AND (until IS NULL OR until > %s)
UNION ALL
SELECT address, 2 FROM {Preference._meta.db_table}
WHERE address {{any_of}} AND paused_until > %s
UNION ALL
SELECT wish.address, 3 FROM {Preference._meta.db_table} AS wish
WHERE wish.address {{any_of}} AND EXISTS (
    SELECT 1 FROM {Lead._meta.db_table} AS lead
    WHERE lead.email_normalized = wish.address AND lead.email_normalized <> ''
    AND lead.last_mailed_at > CASE wish.mail_gap_days
        WHEN {int(Frequency.MONTH)} THEN %s WHEN {int(Frequency.QUARTER)} THEN %s END
)
UNION ALL
SELECT '', {_FINGERPRINTS} WHERE EXISTS (
    SELECT 1 FROM {BlacklistEntry._meta.db_table}
    WHERE kind = '{EntryKind.FINGERPRINT.value}'
)
"""  # noqa: S608 - names of tables and numbers of ours


def _said_no(
    addresses: list[str], *, topic_id: int, now: datetime
) -> list[tuple[str, int]]:
    """(key, place in ``_REFUSALS``) of those who did; see ``_FINGERPRINTS``."""
    keys, those = _array(listing_keys(addresses)), _array(addresses)
    is_sqlite = connection.vendor == "sqlite"
    any_of = "IN (SELECT value FROM json_each(%s))" if is_sqlite else "= ANY(%s)"

    def at(moment: datetime) -> Any:
        return connection.ops.adapt_datetimefield_value(moment) if is_sqlite else moment

    since = [at(now - _days(gap)) for gap in (Frequency.MONTH, Frequency.QUARTER)]
    given = [keys, those, topic_id, at(now), those, at(now), those, *since]
    with connection.cursor() as cursor:
        cursor.execute(_ASKED.format(any_of=any_of), given)
        return list(cursor.fetchall())


def _array(texts: list[str]) -> Any:
    """As one parameter, however many there are: see ``core.lookups``."""
    return json.dumps(texts) if connection.vendor == "sqlite" else texts


def wants_a_pause(now: datetime) -> Q:
    """For queries on leads: no mail at all for now."""
    return Q(paused_until__gt=now)


def wants_fewer_mails(now: datetime) -> Q:
    """For queries on leads: the last mail is too young for the person's wish."""
    too_early = Q()
    for gap in Frequency:
        too_early |= Q(mail_gap_days=gap, last_mailed_at__gt=now - _days(gap))
    # Nearly everybody was mailed longer ago than the longest gap, and is done with.
    return Q(last_mailed_at__gt=now - _days(max(Frequency))) & too_early


def _days(gap: int) -> timedelta:
    return timedelta(days=gap)


def standing_opt_outs(topic_id: int, *, now: datetime) -> QuerySet[OptOut]:
    """Opt-outs of one topic that are for good or still run."""
    return OptOut.objects.filter(
        Q(until__isnull=True) | Q(until__gt=now), topic_id=topic_id
    )


def entries_against(address: str) -> list[BlacklistEntry]:
    """All entries that block one address; its own, of its domains, its fingerprint."""
    keys = [*listing_keys([address]), *all_fingerprints(address)]
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
        keys = [*listing_keys([wanted]), *all_fingerprints(wanted)]
        found |= Q(address__in=keys)
    return entries.filter(found)
