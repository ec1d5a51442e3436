"""All mailings: as a list, as a board by state, as a month."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date, timedelta

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.mailings.listing import CardFigures, card_figures, month_days
from winback.mailings.models import Mailing, MailingState
from winback.mailings.queries import mailings_of, searched

ROWS_PER_PAGE = 30
CARDS_PER_COLUMN = 50
BOARD_STATES = [
    [MailingState.DRAFT],
    [MailingState.SCHEDULED],
    [MailingState.SENDING, MailingState.PAUSED, MailingState.STOPPED],
    [MailingState.SENT],
    [MailingState.CANCELLED],
]
VIEWS = ("list", "board", "calendar")
Row = tuple[Mailing, CardFigures]


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_list(request: HttpRequest) -> HttpResponse:
    view = request.GET.get("view", "list")
    view = view if view in VIEWS else "list"
    mailings = _filtered(request)
    context = {
        "view": view,
        "states": MailingState.choices,
        "state": request.GET.get("state", ""),
        "search": request.GET.get("q", ""),
        "has_any": mailings_of(signed_in(request)).exists(),
    }
    makers = {"list": _list_context, "board": _board_context, "calendar": _month}
    context |= makers[view](request, mailings)
    return render(request, "mailings/mailing_list.html", context)


def _filtered(request: HttpRequest) -> QuerySet[Mailing]:
    mailings = mailings_of(signed_in(request)).select_related("campaign", "responsible")
    state = request.GET.get("state", "")
    if state in MailingState.values:
        mailings = mailings.filter(state=state)
    return searched(mailings, request.GET.get("q", "")[:200])


def _list_context(
    request: HttpRequest, mailings: QuerySet[Mailing]
) -> dict[str, object]:
    pages = Paginator(mailings.order_by("-created_at", "-pk"), ROWS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return {"page": page, "rows": _with_figures(page.object_list)}


def _board_context(
    _request: HttpRequest, mailings: QuerySet[Mailing]
) -> dict[str, object]:
    columns = []
    for states in BOARD_STATES:
        found = mailings.filter(state__in=states).order_by("-changed_at", "-pk")
        columns.append((states[0], list(found[:CARDS_PER_COLUMN])))
    figures = card_figures([m for _state, cards in columns for m in cards])
    return {
        "columns": [
            (state.label, [(mailing, figures[mailing.pk]) for mailing in cards])
            for state, cards in columns
        ]
    }


def _month(request: HttpRequest, mailings: QuerySet[Mailing]) -> dict[str, object]:
    first = _first_of_month(request.GET.get("month", ""))
    following = (first + timedelta(days=31)).replace(day=1)
    weeks = calendar.Calendar(firstweekday=calendar.MONDAY).monthdatescalendar(
        first.year, first.month
    )
    return {
        "month": first,
        "previous_month": (first - timedelta(days=1)).strftime("%Y-%m"),
        "next_month": following.strftime("%Y-%m"),
        "weeks": month_days(mailings, weeks, zone=timezone.get_current_timezone()),
        "today": timezone.localdate(),
        "weekdays": weeks[0],
    }


def _first_of_month(text: str) -> date:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return timezone.localdate().replace(day=1)
    in_reach = 1970 <= first.year <= 2999
    return first if in_reach else timezone.localdate().replace(day=1)


def _with_figures(mailings: Iterable[Mailing]) -> list[Row]:
    shown = list(mailings)
    figures = card_figures(shown)
    return [(mailing, figures[mailing.pk]) for mailing in shown]
