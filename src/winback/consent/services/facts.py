"""What is known of an address, copied to its leads: see decision 0001.

Domains and fingerprints cannot be compared by the database, so leads are read,
compared here and written only where something differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from winback.consent.models import MailDomain, Preference
from winback.consent.queries import (
    blocked_by,
    has_fingerprints,
    in_batches,
    listed_keys,
)
from winback.core.address_quality import Quality, quality_of, quality_of_normalized
from winback.crm.models import Lead

LEADS_A_BATCH = 5_000
# An address of so many domains is looked for by its end; of more, all are read.
FEW_DOMAINS = 20


class Facts(NamedTuple):
    """The copied columns of a lead."""

    blacklisted: bool = False
    paused_until: datetime | None = None
    mail_gap_days: int | None = None
    address_quality: str = ""


class _Row(NamedTuple):
    pk: int
    email: str
    address: str
    facts: Facts


NewlyBlocked = set[str]


def refresh_facts(addresses: Collection[str]) -> int:
    """Make the copies right for these addresses; how many leads changed."""
    hashed = has_fingerprints()
    changed = 0
    for batch in in_batches(addresses):
        rows = _rows(_with_address().filter(email_normalized__any_of=batch))
        changed += _mend(rows, hashed=hashed)[0]
    return changed


def refresh_facts_of_leads(lead_ids: Collection[int]) -> int:
    """Make the copies right for these leads; how many changed."""
    rows = _rows(Lead.objects.filter(pk__any_of=lead_ids))
    return _mend(rows, hashed=has_fingerprints())[0]


def refresh_facts_under(domains: Collection[str]) -> NewlyBlocked:
    """Make the copies right for all leads at or below the domains.

    Gives back the addresses that are blacklisted from now on.
    """
    if len(domains) > FEW_DOMAINS:
        return _mend_all(_with_address())
    ends = Q(pk__in=[])
    for domain in domains:
        ends |= Q(email_normalized__endswith=f"@{domain}")
        ends |= Q(email_normalized__endswith=f".{domain}")
    return _mend_all(_with_address().filter(ends))


def block_unknown_addresses() -> NewlyBlocked:
    """After fingerprints were added: nobody can tell whose they are but by trying."""
    return _mend_all(_with_address().filter(blacklisted=False))


def free_unknown_addresses() -> None:
    """After a fingerprint was lifted: the same, among those who are blacklisted."""
    _mend_all(_with_address().filter(blacklisted=True))


def repair_facts() -> int:
    """Make the copies right everywhere; how many leads changed."""
    hashed = has_fingerprints()
    return sum(_mend(rows, hashed=hashed)[0] for rows in _in_turn(Lead.objects.all()))


def count_wrong_facts() -> int:
    """Leads whose copies differ from what they copy; 0 if all is well."""
    hashed = has_fingerprints()
    return sum(
        sum(map(len, _corrections(rows, hashed=hashed).values()))
        for rows in _in_turn(Lead.objects.all())
    )


def _with_address() -> QuerySet[Lead]:
    return Lead.objects.exclude(email_normalized="")


def _mend_all(leads: QuerySet[Lead]) -> NewlyBlocked:
    blocked: NewlyBlocked = set()
    hashed = has_fingerprints()
    for rows in _in_turn(leads):
        blocked |= _mend(rows, hashed=hashed)[1]
    return blocked


def _in_turn(leads: QuerySet[Lead]) -> Iterator[list[_Row]]:
    last_id = 0
    while rows := _rows(leads.filter(pk__gt=last_id).order_by("pk")[:LEADS_A_BATCH]):
        yield rows
        last_id = rows[-1].pk


def _rows(leads: QuerySet[Lead]) -> list[_Row]:
    found = leads.values_list("pk", "email", "email_normalized", *Facts._fields)
    return [
        _Row(pk, email, address, Facts(*facts)) for pk, email, address, *facts in found
    ]


def _mend(rows: list[_Row], *, hashed: bool) -> tuple[int, NewlyBlocked]:
    """How many leads were changed, and the addresses blacklisted by that."""
    changed, blocked = 0, set()
    for facts, wrong in _corrections(rows, hashed=hashed).items():
        changed += len(wrong)
        Lead.objects.filter(pk__any_of=[row.pk for row in wrong]).update(
            **facts._asdict()
        )
        if facts.blacklisted:
            blocked |= {row.address for row in wrong if not row.facts.blacklisted}
    return changed, blocked


def _corrections(rows: list[_Row], *, hashed: bool) -> dict[Facts, list[_Row]]:
    """The right facts and the rows that lack them. Three queries."""
    right = _facts_of({row.address for row in rows} - {""}, hashed=hashed)
    wrong: dict[Facts, list[_Row]] = defaultdict(list)
    for row in rows:
        facts = right.get(row.address)
        if facts is None:  # an invalid address, or none
            facts = Facts(address_quality=quality_of(row.email))
        if facts != row.facts:
            wrong[facts].append(row)
    return wrong


def _facts_of(addresses: set[str], *, hashed: bool) -> dict[str, Facts]:
    """What is true of each normalised address."""
    listed = listed_keys(addresses, hashed=hashed)
    blocked = set(blocked_by(listed, addresses))
    domains = {address.rpartition("@")[2] for address in addresses}
    dead = set(
        MailDomain.objects.filter(
            domain__any_of=[*domains], takes_mail=False
        ).values_list("domain", flat=True)
    )
    wishes = Preference.objects.filter(address__any_of=[*addresses])
    wished = {
        address: (paused_until, gap)
        for address, paused_until, gap in wishes.values_list(
            "address", "paused_until", "mail_gap_days"
        )
    }
    no_wish = (None, None)
    return {
        address: Facts(
            address in blocked, *wished.get(address, no_wish), _quality(address, dead)
        )
        for address in addresses
    }


def _quality(address: str, dead: set[str]) -> str:
    if address.rpartition("@")[2] in dead:
        return Quality.UNREACHABLE.value
    return quality_of_normalized(address)
