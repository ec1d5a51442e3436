"""The people of a mailing, one after the other, searched, and the hardest cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from winback.content.merge import EMPTY_WHEN, MERGE_RELATIONS
from winback.core.choices import RIGHT_TO_LEFT_LANGUAGES
from winback.core.text import fold
from winback.crm.models import Lead
from winback.mailings.models import Fate, Mailing
from winback.mailings.queries import planned_people
from winback.segments.rules import RuleTreeError

MOST_FOUND = 8
# Letters of scripts that are written from right to left: Hebrew to Arabic's ends.
_RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """One person of the audience and who stands before and after."""

    lead: Lead | None
    previous_id: int | None
    next_id: int | None
    position: int
    total: int
    is_broken: bool = False  # the rules cannot be evaluated


@dataclass(frozen=True, slots=True, kw_only=True)
class HardCase:
    """A person for whom a mail is likely to look wrong, and why."""

    key: str
    label: str | Promise
    lead: Lead


Choose = Callable[[QuerySet[Lead]], QuerySet[Lead]]


def people_of(mailing: Mailing, *, now: datetime) -> QuerySet[Lead]:
    """Whom the mailing is for, in a stable order. Raises RuleTreeError.

    Once it has started, these are the ones in its ledger.
    """
    if mailing.started_at is None:
        return planned_people(mailing, now=now)
    chosen = mailing.recipients.exclude(fate=Fate.LEFT_OUT)
    return Lead.objects.filter(pk__in=chosen.values("lead")).order_by("pk")


def neighbours(mailing: Mailing, lead_id: int | None, *, now: datetime) -> Neighbours:
    """The person to preview as: ``lead_id`` if of the audience, else the first."""
    try:
        people = people_of(mailing, now=now)
        total = people.count()
    except RuleTreeError:
        return _nobody(0, is_broken=True)
    full = people.select_related(*MERGE_RELATIONS)
    lead = full.filter(pk=lead_id).first() if lead_id else None
    lead = lead or full.first()
    if lead is None:
        return _nobody(total)
    before = people.filter(pk__lt=lead.pk)
    after = people.filter(pk__gt=lead.pk)
    return Neighbours(
        lead=lead,
        previous_id=before.order_by("-pk").values_list("pk", flat=True).first(),
        next_id=after.values_list("pk", flat=True).first(),
        position=before.count() + 1,
        total=total,
    )


def _nobody(total: int, *, is_broken: bool = False) -> Neighbours:
    return Neighbours(
        lead=None,
        previous_id=None,
        next_id=None,
        position=0,
        total=total,
        is_broken=is_broken,
    )


def find_people(mailing: Mailing, text: str, *, now: datetime) -> list[Lead]:
    """People of the mailing whose name, company, title or address hold every word.

    At most ``MOST_FOUND``; nobody for an empty text. Raises RuleTreeError.
    """
    words = fold(text).split()
    if not words:
        return []
    people = people_of(mailing, now=now)
    for word in words:
        people = people.filter(
            Q(contact_name_folded__contains=word)
            | Q(company_folded__contains=word)
            | Q(title_folded__contains=word)
            | Q(email_normalized__contains=word)
        )
    return list(people[:MOST_FOUND])


def hard_cases(
    mailing: Mailing, used_fields: frozenset[str], *, now: datetime
) -> list[HardCase]:
    """The hardest people of the audience, one query each; kinds without any go.

    ``used_fields`` are the merge fields of the content: who lacks most of them
    is among the cases. Raises RuleTreeError.
    """
    people = people_of(mailing, now=now)
    found = []
    for key, label, choose in _kinds(used_fields):
        lead = choose(people).first()
        if lead is not None:
            found.append(HardCase(key=key, label=label, lead=lead))
    return found


def _kinds(used_fields: frozenset[str]) -> list[tuple[str, str | Promise, Choose]]:
    return [
        ("longest_name", _("Longest name"), _longest("contact_name")),
        ("no_name", _("Without a name"), lambda people: people.filter(contact_name="")),
        ("least_known", _("Most fields empty"), _lacking(used_fields)),
        ("right_to_left", _("Right to left"), _right_to_left),
        ("longest_company", _("Longest company"), _longest("company")),
        (
            "no_product",
            _("Without a product"),
            lambda people: people.filter(product__isnull=True),
        ),
        ("largest_amount", _("Largest amount"), _largest_amount),
        ("longest_address", _("Longest address"), _longest("email_normalized")),
    ]


def _longest(name: str) -> Choose:
    return lambda people: people.exclude(**{name: ""}).order_by(
        Length(name).desc(), "pk"
    )


def _right_to_left(people: QuerySet[Lead]) -> QuerySet[Lead]:
    return people.filter(
        Q(language__in=RIGHT_TO_LEFT_LANGUAGES) | Q(contact_name__regex=_RIGHT_TO_LEFT)
    )


def _largest_amount(people: QuerySet[Lead]) -> QuerySet[Lead]:
    known = people.filter(expected_revenue__gt=0)
    return known.order_by(F("expected_revenue").desc(), "pk")


def _lacking(used_fields: frozenset[str]) -> Choose:
    """Whoever lacks most of the fields that the mail speaks of."""
    empty = [EMPTY_WHEN[path] for path in sorted(used_fields) if path in EMPTY_WHEN]

    def choose(people: QuerySet[Lead]) -> QuerySet[Lead]:
        if not empty:
            return people.none()
        lacks: list[Case] = [
            Case(When(when, then=1), default=0, output_field=IntegerField())
            for when in empty
        ]
        total = sum(lacks, Value(0))
        counted = people.annotate(lacks=total)
        return counted.filter(lacks__gt=0).order_by("-lacks", "pk")

    return choose
