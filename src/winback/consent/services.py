"""Taking and giving back leave to write to an address."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.consent import signals
from winback.consent.models import BlacklistEntry, BlacklistReason, OptOut, Topic
from winback.consent.queries import in_batches, is_on_blacklist, leads_with_wrong_flag
from winback.core import audit
from winback.core.addresses import parse_address


class InvalidAddressError(ValueError):
    """What was given is not an address."""


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
    normalized = _normalized(address)
    with transaction.atomic():
        _entry, is_new = BlacklistEntry.objects.get_or_create(
            address=normalized,
            defaults={
                "reason": reason,
                "note": note,
                "mailing_id": mailing_id,
                "created_at": now,
                "created_by": by,
            },
        )
        if not is_new:
            return False
        refresh_flags([normalized])
        audit.record(
            "blacklist.add",
            actor=by,
            subject="blacklist",
            subject_id=_entry.pk,
            at=now,
            address=normalized,
            reason=str(reason),
        )
    signals.address_refused.send(
        sender=BlacklistEntry, addresses=[normalized], topic_id=None, at=now
    )
    return True


def import_blacklist(
    rows: Collection[tuple[str, str]], *, by: User | None, now: datetime
) -> tuple[int, list[str]]:
    """Add (address, note) rows; how many were new, and what was no address.

    Addresses that are on the blacklist already keep their entry.
    """
    parsed = [(parse_address(typed), typed, note) for typed, note in rows]
    invalid = [typed for found, typed, _note in parsed if found.status != "ok"]
    notes = {
        found.normalized: note for found, _typed, note in parsed if found.status == "ok"
    }
    with transaction.atomic():
        new = notes.keys() - _already_listed(notes.keys())
        BlacklistEntry.objects.bulk_create(
            [
                BlacklistEntry(
                    address=address,
                    reason=BlacklistReason.IMPORTED,
                    note=notes[address],
                    created_at=now,
                    created_by=by,
                )
                for address in sorted(new)
            ],
            batch_size=2000,
            ignore_conflicts=True,
        )
        refresh_flags(new)
        audit.record(
            "blacklist.import",
            actor=by,
            subject="blacklist",
            subject_id="",
            at=now,
            added=len(new),
        )
    signals.address_refused.send(
        sender=BlacklistEntry, addresses=sorted(new), topic_id=None, at=now
    )
    return len(new), invalid


def lift_blacklist(address: str, *, by: User | None = None, now: datetime) -> bool:
    """Allow ``address`` again; False if it was not on the blacklist.

    Why and when it was there stays in the audit log.
    """
    with transaction.atomic():
        entry = BlacklistEntry.objects.filter(address=address).first()
        if entry is None:
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
        entry.delete()
        refresh_flags([address])
    signals.address_accepted.send(
        sender=BlacklistEntry, addresses=[address], topic_id=None, at=now
    )
    return True


def opt_out(
    address: str,
    topic: Topic,
    *,
    until: datetime | None = None,
    reason: str = "",
    mailing_id: int | None = None,
    now: datetime,
) -> None:
    """No more mail about ``topic``, for good or ``until`` then; the last wish counts.

    Raises InvalidAddressError.
    """
    normalized = _normalized(address)
    OptOut.objects.update_or_create(
        address=normalized,
        topic=topic,
        defaults={
            "created_at": now,
            "until": until,
            "reason": reason[:500],
            "mailing_id": mailing_id,
        },
    )
    signals.address_refused.send(
        sender=OptOut, addresses=[normalized], topic_id=topic.pk, at=now
    )


def opt_in(address: str, topic: Topic, *, now: datetime) -> bool:
    """Take an opt-out back; False if there was none."""
    deleted, _by_model = OptOut.objects.filter(address=address, topic=topic).delete()
    if not deleted:
        return False
    signals.address_accepted.send(
        sender=OptOut, addresses=[address], topic_id=topic.pk, at=now
    )
    return True


def refresh_flags(addresses: Collection[str]) -> int:
    """Make ``Lead.blacklisted`` right for these addresses; how many changed."""
    return sum(
        leads_with_wrong_flag()
        .filter(email_normalized__in=batch)
        .update(blacklisted=is_on_blacklist())
        for batch in in_batches(addresses)
    )


def refresh_flags_of_leads(lead_ids: Collection[int]) -> int:
    """Make ``Lead.blacklisted`` right for these leads; how many changed."""
    leads = leads_with_wrong_flag().filter(pk__any_of=lead_ids)
    return leads.update(blacklisted=is_on_blacklist())


def repair_flags() -> int:
    """Make ``Lead.blacklisted`` right everywhere by one UPDATE; how many changed."""
    return leads_with_wrong_flag().update(blacklisted=is_on_blacklist())


def _normalized(address: str) -> str:
    parsed = parse_address(address)
    if parsed.status != "ok":
        raise InvalidAddressError(address)
    return parsed.normalized


def _already_listed(addresses: Collection[str]) -> set[str]:
    found: set[str] = set()
    for batch in in_batches(addresses):
        listed = BlacklistEntry.objects.filter(address__in=batch)
        found |= set(listed.values_list("address", flat=True))
    return found
