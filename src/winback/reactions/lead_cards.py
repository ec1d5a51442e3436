"""What this room asks on a lead's page: does the person have a new address?"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.crm.lead_cards import LeadCard
from winback.crm.models import Lead
from winback.reactions.models import AddressChange
from winback.reactions.queries import open_address_changes
from winback.reactions.services.address_changes import is_blacklisted


def address_changes(lead: Lead, user: User) -> Iterable[LeadCard]:
    """One query, and one more for each proposal."""
    for change in open_address_changes().filter(lead=lead):
        data = shown_change(change, user)
        yield LeadCard(template="reactions/_address_card.html", data=data)


def shown_change(change: AddressChange, user: User) -> dict[str, object]:
    """What ``_address_change.html`` needs of one proposal."""
    is_open = change.settled_at is None
    return {
        "change": change,
        "is_open": is_open,
        "is_blacklisted": is_open
        and is_blacklisted(change.new_address, now=timezone.now()),
        "may_decide": user.may(Right.EDIT_LEADS),
        "may_read": user.may(Right.USE_MAILINGS),
    }
