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

from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.lookups import GreaterThanOrEqual, LessThan

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
    """For queries on leads: whether the risk is one of ``risks``."""
    some = Q(pk__in=[])
    for risk in map(Risk, sorted(risks)):
        score = _score(now)
        # The whole scale at once and its ends need one comparison only.
        some |= Q(GreaterThanOrEqual(score, _FROM[risk])) & Q(
            LessThan(score, _BELOW[risk])
        )
    return ~Q(email="") & some


def _age_points(lead: Lead, *, now: datetime) -> int:
    signs = [lead.created_at, lead.lost_at, lead.last_engaged_at]
    if not lead.bounce_count:
        signs.append(lead.last_mailed_at)
    last = max(sign for sign in signs if sign is not None)
    return sum(last < now - YEAR * years for years in _YEARS)


_YEARS = range(1, OLDEST_YEARS + 1)


def _score(now: datetime) -> Case:
    """The points as SQL. One CASE over the age, each branch with the other points:
    the dates are compared once for each lead."""
    cases = [
        When(_is_silent_since(now - YEAR * years), then=Value(years) + _other_points())
        for years in reversed(_YEARS)
    ]
    return Case(*cases, default=_other_points(), output_field=IntegerField())


def _is_silent_since(moment: datetime) -> Q:
    """No sign of life at or after the moment."""
    silent = Q(created_at__lt=moment)
    for column in ("lost_at", "last_engaged_at"):
        silent &= Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": moment})
    mailed = Q(last_mailed_at__isnull=True) | Q(last_mailed_at__lt=moment)
    return silent & (mailed | Q(bounce_count__gt=0))


def _other_points() -> Case:
    bounced = Q(bounce_count__gt=0)
    cases = []
    for quality, points in POINTS.items():
        of_quality = Q(address_quality=quality)
        cases.append(When(of_quality & bounced, then=Value(points + BOUNCE_POINTS)))
        cases.append(When(of_quality, then=Value(points)))
    cases.append(When(bounced, then=Value(BOUNCE_POINTS)))
    return Case(*cases, default=Value(0), output_field=IntegerField())
