"""A message says that somebody has a new address: a person accepts it or not."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from winback.accounts.models import User
from winback.consent.queries import default_topic, refused_addresses
from winback.consent.rules import Refusal
from winback.core import audit
from winback.core.addresses import parse_address
from winback.crm.models import Lead
from winback.crm.services import update_lead
from winback.reactions.models import AddressChange, InboundMessage
from winback.reactions.services.matching import Target


class BlacklistedAddressError(Exception):
    """The new address must never be written to, so it is not taken."""


class StaleChangeError(Exception):
    """It was settled before, or the lead has another address by now."""


def propose_address(
    message: InboundMessage, target: Target, new_address: str, *, now: datetime
) -> AddressChange | None:
    """Ask a person about a new address; None if there is nothing to ask.

    The same proposal for one lead is made once, whatever became of it.
    """
    parsed = parse_address(new_address)
    lead = target.lead
    if lead is None or parsed.status != "ok" or parsed.normalized == target.address:
        return None
    if lead.email_normalized != target.address:
        return None  # the lead has another address by now
    change, is_new = AddressChange.objects.get_or_create(
        lead=lead,
        new_address=parsed.normalized,
        defaults={
            "message": message,
            "old_address": target.address,
            "created_at": now,
        },
    )
    return change if is_new else None


def accept_address(change_pk: int, *, by: User, now: datetime) -> Lead:
    """The lead gets the new address; its history keeps the old one.

    Raises BlacklistedAddressError and StaleChangeError, and changes nothing then.
    """
    with transaction.atomic():
        change = _open_change(change_pk)
        lead = change.lead
        if lead.email_normalized != change.old_address:
            raise StaleChangeError
        if is_blacklisted(change.new_address, now=now):
            raise BlacklistedAddressError
        update_lead(lead, {"email": change.new_address}, by=by, now=now)
        _settle(change, accepted=True, by=by, now=now)
    return lead


def dismiss_address(change_pk: int, *, by: User, now: datetime) -> None:
    """The lead keeps its address. Raises StaleChangeError."""
    with transaction.atomic():
        _settle(_open_change(change_pk), accepted=False, by=by, now=now)


def take_back_address(change_pk: int, *, by: User, now: datetime) -> None:
    """The decision is open again; an accepted address gives way to the old one.

    The blacklist keeps what it knows of either. Raises StaleChangeError if the
    lead has a third address by now.
    """
    with transaction.atomic():
        change = (
            AddressChange.objects.select_for_update(of=("self",))
            .select_related("lead")
            .filter(pk=change_pk, settled_at__isnull=False)
            .first()
        )
        if change is None:
            raise StaleChangeError
        if change.is_accepted:
            if change.lead.email_normalized != change.new_address:
                raise StaleChangeError
            old = {"email": change.old_address}
            update_lead(change.lead, old, by=by, now=now)
        change.settled_at, change.settled_by = None, None
        change.is_accepted = False
        change.save(update_fields=["settled_at", "settled_by", "is_accepted"])
        _record("take_back", change, by=by, now=now)


def is_blacklisted(address: str, *, now: datetime) -> bool:
    """Whether a normalised address must never be written to, whatever the topic."""
    topic_id = default_topic().pk
    refused = refused_addresses([address], topic_id=topic_id, now=now)
    return refused.get(address) is Refusal.BLACKLISTED


def _open_change(change_pk: int) -> AddressChange:
    change = (
        AddressChange.objects.select_for_update(of=("self",))
        .select_related("lead")
        .filter(pk=change_pk, settled_at__isnull=True)
        .first()
    )
    if change is None:
        raise StaleChangeError
    return change


def _settle(change: AddressChange, *, accepted: bool, by: User, now: datetime) -> None:
    change.settled_at, change.settled_by, change.is_accepted = now, by, accepted
    change.save(update_fields=["settled_at", "settled_by", "is_accepted"])
    _record("accept" if accepted else "dismiss", change, by=by, now=now)


def _record(verb: str, change: AddressChange, *, by: User, now: datetime) -> None:
    audit.record(
        f"inbox.address_{verb}",
        actor=by,
        subject="lead",
        subject_id=change.lead_id,
        at=now,
        old=change.old_address,
        new=change.new_address,
    )
