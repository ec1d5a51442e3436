"""Putting addresses, domains and fingerprints on the blacklist, and lifting them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.consent import signals
from winback.consent.fingerprints import (
    all_fingerprints,
    fingerprint,
    fingerprint_of_hash,
)
from winback.consent.models import (
    BlacklistEntry,
    BlacklistReason,
    EntryKind,
    OptOut,
    PersonWish,
    Preference,
)
from winback.consent.queries import in_batches
from winback.consent.rules import EntryForm, ReadEntry, Refusal, read_entry
from winback.consent.services.facts import (
    block_unknown_addresses,
    free_unknown_addresses,
    refresh_facts,
    refresh_facts_under,
)
from winback.core import audit
from winback.core.addresses import parse_address


class InvalidAddressError(ValueError):
    """What was given is not an address."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One thing for the blacklist."""

    kind: EntryKind
    value: str
    note: str = ""

    @classmethod
    def of(cls, read: ReadEntry, note: str = "") -> Listing:
        if read.form is EntryForm.PLAIN_HASH:
            value = fingerprint_of_hash(read.value)
            return cls(EntryKind.FINGERPRINT, value, note)
        return cls(EntryKind(read.form.value), read.value, note)


@dataclass(slots=True)
class ImportOutcome:
    """``faults``: (number of the line, its cell) of what is no entry."""

    added: int = 0
    known: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def blacklist_address(
    address: str,
    *,
    reason: BlacklistReason,
    note: str = "",
    by: User | None = None,
    mailing_id: int | None = None,
    now: datetime,
) -> bool:
    """Never write to ``address`` again; False if it was on the blacklist already.

    A second call is harmless: the first reason stays. Every lead with the
    address is flagged. Raises InvalidAddressError.
    """
    listing = Listing(EntryKind.ADDRESS, normalized_address(address), note)
    return blacklist(listing, reason=reason, by=by, mailing_id=mailing_id, now=now)


@transaction.atomic
def blacklist(
    listing: Listing,
    *,
    reason: BlacklistReason,
    by: User | None = None,
    mailing_id: int | None = None,
    now: datetime,
) -> bool:
    """Block one address, domain or fingerprint; False if it was listed already."""
    entry, is_new = BlacklistEntry.objects.get_or_create(
        address=listing.value,
        defaults={
            "kind": listing.kind,
            "reason": reason,
            "note": listing.note,
            "mailing_id": mailing_id,
            "created_at": now,
            "created_by": by,
        },
    )
    if not is_new:
        return False
    blocked = _flag([listing])
    audit.record(
        "blacklist.add",
        actor=by,
        subject="blacklist",
        subject_id=entry.pk,
        at=now,
        address=listing.value,
        reason=str(reason),
    )
    _tell_refused(blocked, now=now)
    return True


def import_blacklist(
    rows: Collection[tuple[str, str]], *, by: User | None, now: datetime
) -> tuple[int, list[str]]:
    """Add (address, note) rows; how many were new, and what was no address."""
    outcome = import_entries(
        ((at, typed, note) for at, (typed, note) in enumerate(rows)), by=by, now=now
    )
    return outcome.added, [typed for _line, typed in outcome.faults]


def check_entries(rows: Iterable[tuple[int, str, str]]) -> ImportOutcome:
    """What ``import_entries`` would do; nothing is written."""
    return _sorted_out(rows)[0]


@transaction.atomic
def import_entries(
    rows: Iterable[tuple[int, str, str]], *, by: User | None, now: datetime
) -> ImportOutcome:
    """Add (number, address or domain or fingerprint, note) rows of a file.

    What is on the blacklist already keeps its entry. A bad row stops no other.
    """
    outcome, new = _sorted_out(rows)
    BlacklistEntry.objects.bulk_create(
        [
            BlacklistEntry(
                kind=listing.kind,
                address=listing.value,
                reason=BlacklistReason.IMPORTED,
                note=listing.note,
                created_at=now,
                created_by=by,
            )
            for listing in new
        ],
        batch_size=2000,
        ignore_conflicts=True,
    )
    blocked = _flag(new)
    audit.record(
        "blacklist.import",
        actor=by,
        subject="blacklist",
        subject_id="",
        at=now,
        added=outcome.added,
    )
    _tell_refused(blocked, now=now)
    return outcome


def lift_blacklist(address: str, *, by: User | None = None, now: datetime) -> bool:
    """Take the entry of ``address`` away; False if there was none.

    It may be written to then, unless its domain or its fingerprint is listed too.
    Why and when it was there stays in the audit log.
    """
    entry = BlacklistEntry.objects.filter(address=address).first()
    return entry is not None and lift_entry(entry, by=by, now=now)


@transaction.atomic
def lift_entry(entry: BlacklistEntry, *, by: User | None, now: datetime) -> bool:
    """Take an entry off the blacklist; False if somebody was quicker."""
    deleted, _by_model = BlacklistEntry.objects.filter(pk=entry.pk).delete()
    if not deleted:
        return False
    audit.record(
        "blacklist.lift",
        actor=by,
        subject="blacklist",
        subject_id=entry.pk,
        at=now,
        address=entry.address,
        reason=entry.reason,
        added_at=entry.created_at.isoformat(),
    )
    if entry.kind == EntryKind.ADDRESS:
        refresh_facts([entry.address])
    elif entry.kind == EntryKind.DOMAIN:
        refresh_facts_under([entry.address])
    else:
        free_unknown_addresses()
    if entry.kind == EntryKind.ADDRESS:
        signals.address_accepted.send(
            sender=BlacklistEntry, addresses=[entry.address], topic_id=None, at=now
        )
    return True


@transaction.atomic
def keep_fingerprint_only(address: str, *, by: User | None, now: datetime) -> bool:
    """Forget an erased person's address here, and yet never write to it again.

    Its entry, opt-outs, preference and wishes go or lose it; what is left is a
    fingerprint. False if it is blocked by one already. Raises InvalidAddressError.
    """
    normalized = normalized_address(address)
    BlacklistEntry.objects.filter(address=normalized).delete()
    OptOut.objects.filter(address=normalized).delete()
    Preference.objects.filter(address=normalized).delete()
    PersonWish.objects.filter(address=normalized).update(address="", reason="")
    refresh_facts([normalized])
    if BlacklistEntry.objects.filter(address__in=all_fingerprints(normalized)).exists():
        return False
    entry = BlacklistEntry.objects.create(
        kind=EntryKind.FINGERPRINT,
        address=fingerprint(normalized),
        reason=BlacklistReason.ERASED,
        created_at=now,
        created_by=by,
    )
    refresh_facts([normalized])
    audit.record(
        "blacklist.keep_fingerprint",
        actor=by,
        subject="blacklist",
        subject_id=entry.pk,
        at=now,
    )
    _tell_refused({normalized}, now=now)
    return True


def normalized_address(address: str) -> str:
    """As ``parse_address`` spells it. Raises InvalidAddressError."""
    parsed = parse_address(address)
    if parsed.status != "ok":
        raise InvalidAddressError(address)
    return parsed.normalized


def _sorted_out(
    rows: Iterable[tuple[int, str, str]],
) -> tuple[ImportOutcome, list[Listing]]:
    """What there is to add, in the order of the file, the first of equals."""
    outcome = ImportOutcome()
    listings: dict[str, Listing] = {}
    for number, typed, note in rows:
        read = read_entry(typed)
        if read is None:
            outcome.faults.append((number, typed))
            continue
        listing = Listing.of(read, note)
        listings.setdefault(listing.value, listing)
    listed = _already_listed(listings.keys())
    new = [one for one in listings.values() if one.value not in listed]
    outcome.added, outcome.known = len(new), len(listed)
    return outcome, new


def _already_listed(values: Collection[str]) -> set[str]:
    found: set[str] = set()
    for batch in in_batches(values):
        listed = BlacklistEntry.objects.filter(address__any_of=batch)
        found |= set(listed.values_list("address", flat=True))
    return found


def _flag(listings: Collection[Listing]) -> set[str]:
    """Flag the leads; the addresses that are blocked from now on."""
    values: dict[EntryKind, list[str]] = {kind: [] for kind in EntryKind}
    for listing in listings:
        values[listing.kind].append(listing.value)
    blocked = set(values[EntryKind.ADDRESS])
    refresh_facts(blocked)
    if values[EntryKind.DOMAIN]:
        blocked |= refresh_facts_under(values[EntryKind.DOMAIN])
    if values[EntryKind.FINGERPRINT]:
        blocked |= block_unknown_addresses()
    return blocked


def _tell_refused(addresses: set[str], *, now: datetime) -> None:
    signals.address_refused.send(
        sender=BlacklistEntry,
        addresses=sorted(addresses),
        topic_id=None,
        refusal=Refusal.BLACKLISTED,
        at=now,
    )
