"""What happens to a lead, as values in and values out; and how it is cleaned."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from winback.core.address_quality import Quality, quality_of
from winback.core.addresses import parse_address
from winback.core.text import fold

# Text of one line -> how long its folded copy may be.
FOLDED_FIELDS = {
    "title": 600,
    "contact_name": 400,
    "company": 400,
    "email": 640,
    "phone": 128,
    "city": 240,
    "external_id": 400,
}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Status(enum.StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


def first_name_of(contact_name: str) -> str:
    """The first word of a contact name; empty if there is none."""
    return contact_name.split(" ", 1)[0]


class WonLeadError(Exception):
    """A won lead cannot be marked lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """What moving into a stage depends on."""

    is_won: bool
    probability: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadState:
    """The columns of a lead that only change together."""

    status: Status
    active: bool
    probability: Decimal
    probability_by_hand: bool = False
    lost_reason_id: int | None = None
    lost_at: datetime | None = None
    won_at: datetime | None = None


def lost(state: LeadState, *, reason_id: int | None, now: datetime) -> LeadState:
    """The lead leaves the pipeline; its stage is not part of this and stays.

    A lead that is lost already keeps ``lost_at``, and its reason unless another
    one is given. Raises WonLeadError for a won lead.
    """
    if state.status == Status.WON:
        raise WonLeadError
    if state.status == Status.LOST:
        return replace(state, lost_reason_id=reason_id or state.lost_reason_id)
    return replace(
        state,
        status=Status.LOST,
        active=False,
        probability=Decimal(0),
        lost_reason_id=reason_id,
        lost_at=now,
    )


def restored(
    state: LeadState, stage: StageFacts, *, probability_before: Decimal | None
) -> LeadState:
    """A lost lead is open again; any other lead stays as it is.

    The probability is that of the stage, or the one that was set by hand before
    the loss (``probability_before``; None if it is not known).
    """
    if state.status != Status.LOST:
        return state
    by_hand = state.probability_by_hand and probability_before is not None
    return replace(
        state,
        status=Status.OPEN,
        active=True,
        probability=probability_before
        if by_hand and probability_before is not None
        else stage.probability,
        probability_by_hand=by_hand,
        lost_reason_id=None,
        lost_at=None,
    )


def moved(state: LeadState, stage: StageFacts, *, now: datetime) -> LeadState:
    """The lead as it is after entering ``stage`` from another one.

    Into a won stage: won, at 100 %, out of the archive. Out of one: open again.
    A lost lead moved between other stages stays lost. A probability set by hand
    ends here. From one won stage to another ``won_at`` stays.
    """
    if stage.is_won:
        return replace(
            state,
            status=Status.WON,
            active=True,
            probability=Decimal(100),
            probability_by_hand=False,
            lost_reason_id=None,
            lost_at=None,
            won_at=state.won_at if state.status == Status.WON else now,
        )
    if state.status == Status.LOST:
        return replace(state, probability_by_hand=False)
    return replace(
        state,
        status=Status.OPEN,
        probability=stage.probability,
        probability_by_hand=False,
        won_at=None,
    )


def archived(state: LeadState) -> LeadState:
    """Put aside; an open lead does not become lost by it."""
    return replace(state, active=False)


def unarchived(state: LeadState) -> LeadState:
    """Taken out of the archive. A lost lead stays there: it has to be restored."""
    return state if state.status == Status.LOST else replace(state, active=True)


class CleanableLead(Protocol):
    """What ``clean_lead`` reads and fills: ``crm.models.Lead``, and look-alikes."""

    title: str
    contact_name: str
    company: str
    email: str
    phone: str
    city: str
    external_id: str
    notes: str
    email_normalized: str
    address_quality: str
    title_folded: str
    contact_name_folded: str
    company_folded: str
    email_folded: str
    phone_folded: str
    city_folded: str
    external_id_folded: str


def clean_lead(lead: CleanableLead) -> None:
    """Fill the derived columns of ``lead`` in place; every save is preceded by it.

    One-line texts lose line breaks, control characters and space at their ends,
    so that none can break out of a mail's header. A second call changes nothing.
    """
    for name in FOLDED_FIELDS:
        setattr(lead, name, clean_line(getattr(lead, name)))
    lead.notes = lead.notes.replace("\x00", "")
    address = parse_address(lead.email).normalized
    # What the DNS said of the domain holds as long as the address does.
    if address != lead.email_normalized or lead.address_quality != Quality.UNREACHABLE:
        lead.address_quality = quality_of(lead.email)
    lead.email_normalized = address
    for name, length in FOLDED_FIELDS.items():
        setattr(lead, f"{name}_folded", fold(getattr(lead, name))[:length])


def clean_line(text: str) -> str:
    """``text`` as one line without control characters."""
    if not text.isprintable():
        text = _BREAKS.sub(" ", text)
    return text.strip()
