"""What each link of a mailing brought: people, machines, and who cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from winback.mailings.models import Mailing, TrackedLink, VersionContent
from winback.reactions.models import Hit, HitKind, Verdict
from winback.results.queries.figures import CONDITIONS
from winback.results.rules import Button, rate

_COUNTED = ("total", "people", "machines", "unknown", "first_at", "last_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFigures:
    """One link of one content. ``total`` counts clicks, the others recipients.

    ``share`` is how many of all people who clicked in this mailing followed this
    link, from 0 to 1; they may follow several, so shares can be more than 1 in
    all. ``first_at`` and ``last_at`` are those of people.
    """

    link: TrackedLink
    total: int = 0
    people: int = 0
    machines: int = 0
    unknown: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    share: float | None = None


def link_figures(mailing: Mailing) -> list[LinkFigures]:
    """Every tracked link in the order of versions, languages and reading. 3 queries."""
    links = TrackedLink.objects.filter(content__version__mailing=mailing)
    rows = _counts(mailing)
    clicked = mailing.recipients.filter(CONDITIONS[Button.CLICKED]).count()
    ordered = links.select_related("content__version").order_by(
        "content__version__label", "content__language", "content_id", "position"
    )
    return [
        LinkFigures(link=link, share=rate(row.get("people", 0), clicked), **row)
        for link in ordered
        for row in [rows.get(link.pk, {})]
    ]


def contents_with_links(figures: list[LinkFigures]) -> list[VersionContent]:
    """The contents that the links stand in, in the same order."""
    by_id = {one.link.content_id: one.link.content for one in figures}
    return list(by_id.values())


def _counts(mailing: Mailing) -> dict[int, dict[str, Any]]:
    """By the link's id, what LinkFigures holds of it."""
    person = Q(verdict=Verdict.PERSON)
    counted = (
        Hit.objects.filter(kind=HitKind.CLICK, link__content__version__mailing=mailing)
        .order_by()
        .values("link_id")
        .annotate(
            total=Count("pk"),
            people=_recipients(person),
            machines=_recipients(Q(verdict=Verdict.MACHINE)),
            unknown=_recipients(Q(verdict=Verdict.UNKNOWN)),
            first_at=Min("at", filter=person),
            last_at=Max("at", filter=person),
        )
    )
    return {
        link_id: dict(zip(_COUNTED, values, strict=True))
        for link_id, *values in counted.values_list("link_id", *_COUNTED)
    }


def _recipients(condition: Q) -> Count:
    return Count("recipient_id", filter=condition, distinct=True)
