"""Why people unsubscribed by a mailing, in the words of the page's form."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from winback.consent.models import PersonWish, WishKind, WishReason
from winback.mailings.models import Mailing, Recipient
from winback.results.queries import people_behind
from winback.results.rules import Further

NO_REASON = "none"


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """``code`` is one of WishReason, or NO_REASON."""

    code: str
    label: str
    count: int


def with_wishes(rows: QuerySet[Recipient]) -> QuerySet[Recipient]:
    """Ledger rows with ``wish_kind``, ``wish_code`` and ``wish_words``: what the
    person last said by the mailing's link, "" where nothing is known."""
    said = (
        PersonWish.objects.filter(
            mailing_id=OuterRef("mailing_id"), address=OuterRef("address")
        )
        .exclude(kind=WishKind.FEWER)
        .exclude(address="")
        .order_by("-at", "-pk")
    )
    return rows.annotate(
        wish_kind=Coalesce(Subquery(said.values("kind")[:1]), Value("")),
        wish_code=Coalesce(Subquery(said.values("reason_code")[:1]), Value("")),
        wish_words=Coalesce(Subquery(said.values("reason")[:1]), Value("")),
    )


def leaving_reasons(mailing: Mailing) -> list[ReasonRow]:
    """The reasons that were given, the most frequent first; one query.

    They add up to the figure *Unsubscribed*.
    """
    rows = with_wishes(
        people_behind(mailing, Further.UNSUBSCRIBED).select_related(None)
    )
    counted = rows.order_by().values("wish_code").annotate(people=Count("pk"))  # type: ignore[misc]
    found = [
        ReasonRow(code or NO_REASON, reason_label(code), people)
        for code, people in counted.values_list("wish_code", "people")
    ]
    return sorted(found, key=lambda row: (-row.count, row.code))


def with_reason(rows: QuerySet[Recipient], code: str) -> QuerySet[Recipient]:
    """Of rows ``with_wishes``, those whose people gave this reason; "" is all."""
    if not code:
        return rows
    return rows.filter(Q(wish_code="" if code == NO_REASON else code))


def reason_label(code: str) -> str:
    return str(WishReason(code).label) if code else _("No reason given")


def wish_in_words(kind: str, code: str, words: str) -> str:
    """One line for a list: what was chosen, and why."""
    parts = [
        str(WishKind(kind).label) if kind else "",
        str(WishReason(code).label) if code else "",
        words,
    ]
    return " · ".join(part for part in parts if part)
