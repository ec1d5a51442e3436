"""How likely mail to a lead's address does harm: a documented score.

Points, our own choice after what providers advise (addresses that nobody has
written to for a year come back in numbers, and turn into traps later):

====================================================== ======
the address is invalid, mistyped or its domain is dead      3
it is disposable                                            2
it is a shared post box                                     1
mail to it came back                                        2
the last sign of life is 1, 2, 3 years old or more    1, 2, 3
====================================================== ======

0 is low, 1 and 2 are medium, 3 and more high. A sign of life is the date on which
the lead came in, was lost or reacted, and a mail that did not come back.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from winback.crm.models import Lead

POINTS = {"invalid": 3, "unreachable": 3, "typo": 3, "disposable": 2, "role": 1}
BOUNCE_POINTS = 2
OLDEST_YEARS = 3
YEAR = timedelta(days=365)


class Risk(enum.StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


_FROM = {Risk.LOW: 0, Risk.MEDIUM: 1, Risk.HIGH: 3}
_BELOW = {Risk.LOW: 1, Risk.MEDIUM: 3, Risk.HIGH: 99}


def risk_of(lead: Lead, *, now: datetime) -> str:
    """The lead's risk; "" without an address."""
    if not lead.email:
        return ""
    points = POINTS.get(lead.address_quality, 0) + _age_points(lead, now=now)
    points += BOUNCE_POINTS if lead.bounce_count else 0
    return next(risk.value for risk in Risk if points < _BELOW[risk])


def risk_is(risks: Collection[str], *, now: datetime) -> Q:
    """For queries on leads: whether the risk is one of ``risks``.

    Never NULL for a lead, so that it may be negated.
    """
    wanted = set(risks)
    some = Q(pk__in=[])
    if Risk.HIGH in wanted:
        some |= _has_points(_FROM[Risk.HIGH], now)
    if Risk.MEDIUM in wanted:
        some |= _has_points(_FROM[Risk.MEDIUM], now) & ~_has_points(
            _FROM[Risk.HIGH], now
        )
    if Risk.LOW in wanted:
        some |= ~_has_points(_FROM[Risk.MEDIUM], now)
    return ~Q(email="") & some


def _age_points(lead: Lead, *, now: datetime) -> int:
    signs = [lead.created_at, lead.lost_at, lead.last_engaged_at]
    if not lead.bounce_count:
        signs.append(lead.last_mailed_at)
    last = max(sign for sign in signs if sign is not None)
    return sum(last < now - YEAR * years for years in _YEARS)


_YEARS = range(1, OLDEST_YEARS + 1)
_MOST_OTHER = max(POINTS.values()) + BOUNCE_POINTS


def _has_points(least: int, now: datetime) -> Q:
    """At least so many points: silent for so many years, or for fewer and the rest
    by what is known of the address.

    Comparisons alone, and the cheapest first: a sum in SQL costs three times as much.
    """
    found = _other_points_from(least) if least <= _MOST_OTHER else Q(pk__in=[])
    for years in _YEARS:
        silent = _is_silent_since(now - YEAR * years)
        missing = least - years
        found |= silent if missing <= 0 else silent & _other_points_from(missing)
        if missing <= 0:
            break
    return found


def _is_silent_since(moment: datetime) -> Q:
    """No sign of life at or after the moment."""
    silent = Q(created_at__lt=moment)
    for column in ("lost_at", "last_engaged_at"):
        silent &= Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": moment})
    mailed = Q(last_mailed_at__isnull=True) | Q(last_mailed_at__lt=moment)
    return silent & (mailed | Q(bounce_count__gt=0))


def _other_points_from(least: int) -> Q:
    """At least so many points by the address and by what came back from it."""
    worse = [quality for quality, points in POINTS.items() if points >= least]
    found = Q(address_quality__in=worse)
    if least <= BOUNCE_POINTS:
        return found | Q(bounce_count__gt=0)
    bounced = [
        quality
        for quality, points in POINTS.items()
        if points + BOUNCE_POINTS >= least > points
    ]
    return found | Q(address_quality__in=bounced, bounce_count__gt=0)
