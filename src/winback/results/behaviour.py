"""What people did with mailings, as fields of rules (see ``segments.fields``).

The meaning is that of the smart buttons. A lead's behaviour is its person's:
that of its own rows in the ledger and of the rows with its address, so that a
second lead of the same person is not taken for somebody who ignored the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from winback.core.text import fold
from winback.crm.models import Lead
from winback.mailings.models import Campaign, Mailing, MailingState, Recipient
from winback.results.queries.figures import CONDITIONS
from winback.results.rules import Button
from winback.segments.fields import Behaviour, register_behaviour

# Older ones are found no more while typing; rules that name them go on working.
MAX_SEARCHED = 1000


@dataclass(frozen=True, slots=True)
class Deed:
    """One behaviour: its button, when it happened, and the same said in Python."""

    button: Button
    label: Promise
    dates: tuple[str, ...]
    holds: Callable[[Recipient], bool]


def _has_reacted(row: Recipient) -> bool:
    return bool(row.opened_at or row.clicked_at or row.replied_at)


DEEDS = (
    Deed(
        Button.RECEIVED,
        _("Received mailing"),
        ("sent_at",),
        lambda row: not row.bounced_at or _has_reacted(row),
    ),
    Deed(
        Button.OPENED,
        _("Opened mailing"),
        ("opened_at", "clicked_at", "replied_at"),
        _has_reacted,
    ),
    Deed(
        Button.CLICKED,
        _("Clicked in mailing"),
        ("clicked_at",),
        lambda row: bool(row.clicked_at),
    ),
    Deed(
        Button.REPLIED,
        _("Replied to mailing"),
        ("replied_at",),
        lambda row: bool(row.replied_at),
    ),
    Deed(
        Button.IGNORED,
        _("Ignored mailing"),
        ("sent_at",),
        lambda row: not row.bounced_at and not _has_reacted(row),
    ),
    Deed(
        Button.BOUNCED,
        _("Mailing bounced"),
        ("bounced_at",),
        lambda row: bool(row.bounced_at) and not _has_reacted(row),
    ),
)


def register_behaviours() -> None:
    for deed in DEEDS:
        register_behaviour(
            Behaviour(
                name=f"mailing_{deed.button}",
                label=deed.label,
                among=partial(_among, deed),
                within=partial(_within, deed),
                is_among=partial(_is_among, deed),
                is_within=partial(_is_within, deed),
                find=_find,
                names=_names,
                search=_search,
            )
        )


def _among(deed: Deed, mailings: frozenset[int], campaigns: frozenset[int]) -> Q:
    of = Q(mailing__in=mailings)
    if campaigns:
        of |= Q(mailing__campaign__in=campaigns)
    return _did(CONDITIONS[deed.button] & of)


def _within(deed: Deed, start: datetime, end: datetime) -> Q:
    when = Q()
    for name in deed.dates:
        when |= Q(**{f"{name}__range": (start, end)})
    return _did(CONDITIONS[deed.button] & when)


def _did(condition: Q) -> Q:
    # Two questions rather than one with an OR inside: each has an index.
    rows = Recipient.objects.filter(condition)
    own = Exists(rows.filter(lead=OuterRef("pk")))
    same_address = Exists(rows.filter(address=OuterRef("email_normalized")))
    return Q(own) | (~Q(email_normalized="") & Q(same_address))


def _is_among(
    deed: Deed, lead: Lead, mailings: frozenset[int], campaigns: frozenset[int]
) -> bool:
    return any(
        row.mailing_id in mailings or row.mailing.campaign_id in campaigns
        for row in _rows(lead)
        if deed.holds(row)
    )


def _is_within(deed: Deed, lead: Lead, start: datetime, end: datetime) -> bool:
    return any(
        at is not None and start <= at <= end
        for row in _rows(lead)
        if deed.holds(row)
        for at in (getattr(row, name) for name in deed.dates)
    )


def _rows(lead: Lead) -> list[Recipient]:
    who = Q(lead=lead)
    if lead.email_normalized:
        who |= Q(address=lead.email_normalized)
    return list(Recipient.objects.filter(who, fate="sent").select_related("mailing"))


def _find(kind: str, key: int | str) -> int | None:
    """The id of a mailing or campaign by id or exact name; the newest of one name."""
    rows = _records(kind)
    by = {"pk": key} if isinstance(key, int) else {"name": key}
    found: int | None = (
        rows.filter(**by).order_by("-pk").values_list("pk", flat=True).first()
    )
    return found


def _names(kind: str, ids: frozenset[int]) -> Mapping[int, str]:
    return dict(_records(kind).filter(pk__in=ids).values_list("pk", "name"))


def _search(text: str) -> list[tuple[str, int, str]]:
    """Started mailings, the newest first, then campaigns, with ``text`` in the name."""
    wanted = fold(text)
    started = Mailing.objects.exclude(state=MailingState.DRAFT).order_by("-pk")
    campaigns = Campaign.objects.order_by("-pk")
    return [
        (kind, record.pk, str(record))
        for kind, records in (("mailing", started), ("campaign", campaigns))
        for record in records[:MAX_SEARCHED]
        if wanted in fold(str(record))
    ]


def _records(kind: str) -> QuerySet[Campaign] | QuerySet[Mailing]:
    return Campaign.objects.all() if kind == "campaign" else Mailing.objects.all()
