"""All mailings: as a list, as a board by state, as a month."""

from __future__ import annotations

import calendar
import re
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
from winback.core import formats
from winback.mailings.listing import CardFigures, card_figures, month_days
from winback.mailings.models import Mailing, MailingState
from winback.mailings.queries import mailings_of, searched

ROWS_PER_PAGE = 30
CARDS_PER_COLUMN = 50
YEARS_IN_REACH = 100
_MONTH_NAME = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
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
    first, after = _bounds(request.GET.get("month", ""))
    weeks = _weeks(first, after)
    return {
        "month": first,
        "month_after": after,
        "previous_month": _month_name(first - timedelta(days=1)),
        "next_month": _month_name(after),
        "weeks": month_days(mailings, weeks, zone=timezone.get_current_timezone()),
        "today": timezone.localdate(),
        "weekdays": weeks[0],
    }


def _bounds(text: str) -> tuple[date, date]:
    """The month asked for as 2026-11 in the reader's calendar, else the present one."""
    year, month = formats.month_of(timezone.localdate())
    asked = _MONTH_NAME.fullmatch(text)
    if asked and abs(int(asked[1]) - year) <= YEARS_IN_REACH:
        year, month = int(asked[1]), int(asked[2])
    return formats.month_bounds(year, month)


def _month_name(day: date) -> str:
    year, month = formats.month_of(day)
    return f"{year:04d}-{month:02d}"


def _weeks(first: date, after: date) -> list[list[date]]:
    """Whole weeks around a month; they begin on Saturday where Persian is read."""
    begins_on = calendar.SATURDAY if formats.uses_jalali() else calendar.MONDAY
    start = first - timedelta(days=(first.weekday() - begins_on) % 7)
    days = range(0, (after - start).days, 7)
    return [[start + timedelta(days=n + k) for k in range(7)] for n in days]


def _with_figures(mailings: Iterable[Mailing]) -> list[Row]:
    shown = list(mailings)
    figures = card_figures(shown)
    return [(mailing, figures[mailing.pk]) for mailing in shown]
