"""Presses on the unsubscribe page: each is kept as it came, judged, and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from winback.mailings.models import Recipient
from winback.reactions.models import Hit, HitKind, PagePress, Verdict
from winback.reactions.rules.presses import (
    MANY_PRESSES,
    TELLS_FOR,
    Answer,
    Confirmation,
    PressFacts,
    Ruling,
    judge_press,
)
from winback.reactions.services import hits, journal

# A button that no person is shown; who presses it is a program.
UNSEEN = "all"
# What the judge of hits says of a program that follows whatever it finds.
FOLLOWS_ALL = ("many_links_at_once", "all_links_on_delivery", "head_first")
KEPT_PRESSES = 5 * MANY_PRESSES  # of one mail within TELLS_FOR
VERDICTS = {
    Answer.TAKE: Verdict.PERSON,
    Answer.ASK: Verdict.UNKNOWN,
    Answer.ASK_NUMBER: Verdict.MACHINE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPress:
    """One press, and of who did it as much as is kept."""

    visit: str
    button: str
    shows_a_hand: bool
    user_agent: str
    ip_prefix: str
    confirmation: Confirmation | None = None


def take_press(recipient: Recipient, press: SeenPress, *, now: datetime) -> Ruling:
    """Judge one press by all that this mail's visitors did, and keep it.

    Doing what the button says is left to the caller. Clicks that still lie in the
    journal are brought in first.
    """
    facts = _facts(recipient, press, now=now)
    ruling = judge_press(facts)
    if facts.presses_before < KEPT_PRESSES:
        PagePress.objects.create(
            recipient=recipient,
            at=now,
            visit=press.visit,
            button=press.button,
            user_agent=press.user_agent[:500],
            ip_prefix=press.ip_prefix,
            verdict=VERDICTS[ruling.answer],
            reason=ruling.reason,
        )
    if press.button == UNSEEN:
        # What else this visitor did to the mail was no person's either.
        hits.judge_recipients([recipient.pk])
    return ruling


def _facts(recipient: Recipient, press: SeenPress, *, now: datetime) -> PressFacts:
    recent = recipient.presses.filter(at__gte=now - TELLS_FOR)
    visitor = Q(ip_prefix=press.ip_prefix, user_agent=press.user_agent[:500])
    unseen = recipient.presses.filter(button=UNSEEN).filter(
        Q(visit=press.visit) | visitor & Q(at__gte=now - TELLS_FOR)
    )
    return PressFacts(
        shows_a_hand=press.shows_a_hand,
        user_agent=press.user_agent,
        place=hits.known_networks().place_of(press.ip_prefix),
        pressed_unseen=press.button == UNSEEN or unseen.exists(),
        follows_all_links=_follows_all_links(recipient, press.ip_prefix, now=now),
        presses_before=recent.count(),
        confirmation=press.confirmation,
    )


def _follows_all_links(recipient: Recipient, ip_prefix: str, *, now: datetime) -> bool:
    journal.bring_in_hits()
    clicks = Hit.objects.filter(
        recipient=recipient,
        kind=HitKind.CLICK,
        ip_prefix=ip_prefix,
        at__gte=now - TELLS_FOR,
    )
    if clicks.filter(rules_version=0).exists():
        hits.judge_recipients([recipient.pk])
    return clicks.filter(verdict_reason__in=FOLLOWS_ALL).exists()
