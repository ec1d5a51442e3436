"""What the lead's page says of its address, before anybody writes to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from winback.core.address_quality import proposed_address
from winback.core.formats import date_text, number_text
from winback.crm.models import AddressQuality, Lead
from winback.crm.risk import Risk, risk_of

_MILD = {AddressQuality.ROLE, AddressQuality.DISPOSABLE}


@dataclass(frozen=True, slots=True)
class Note:
    """One pill: its tone, icon and text."""

    tone: str
    icon: str
    text: str


@dataclass(frozen=True, slots=True)
class AddressNotes:
    """``proposed`` is the address that was probably meant, "" if nothing says so."""

    proposed: str
    notes: list[Note]


def address_notes(lead: Lead, *, now: datetime) -> AddressNotes:
    """What is known against the address and what its owner wishes; may be nothing."""
    notes = [*_quality_notes(lead, now=now), *_wish_notes(lead, now=now)]
    is_typo = lead.address_quality == AddressQuality.TYPO
    proposed = proposed_address(lead.email_normalized) if is_typo else ""
    return AddressNotes(proposed, notes)


def _quality_notes(lead: Lead, *, now: datetime) -> list[Note]:
    notes = []
    quality = lead.address_quality
    if quality and quality != AddressQuality.GOOD:
        tone = "warn" if quality in _MILD else "bad"
        notes.append(Note(tone, "mail-x", str(AddressQuality(quality).label)))
    if risk_of(lead, now=now) == Risk.HIGH:
        notes.append(Note("warn", "alert-triangle", _("High risk")))
    return notes


def _wish_notes(lead: Lead, *, now: datetime) -> list[Note]:
    if lead.blacklisted:
        return [Note("bad", "ban", _("Blacklisted"))]
    notes = []
    if lead.paused_until and lead.paused_until > now:
        until = date_text(lead.paused_until)
        text = _("No mail until %(day)s") % {"day": until}
        notes.append(Note("calm", "player-pause", text))
    if lead.mail_gap_days:
        text = ngettext(
            "At most one mail in %(n)s day",
            "At most one mail in %(n)s days",
            lead.mail_gap_days,
        ) % {"n": number_text(lead.mail_gap_days)}
        notes.append(Note("calm", "clock", text))
    return notes
