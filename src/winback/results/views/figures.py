"""Figures of mailings, and the people behind each."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.consent.models import WishReason
from winback.content.models import Template
from winback.mailings.queries import mailings_of
from winback.mailings.views.access import get_mailing
from winback.results import people
from winback.results.cards import DEFINITIONS, LABELS
from winback.results.leaving import NO_REASON, leaving_reasons
from winback.results.queries import smart_buttons_of
from winback.results.queries.figures import CONDITIONS
from winback.results.rules import Button, Further
from winback.results.templates_used import usage_of

MAILINGS_PER_PAGE = 25
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@right_required(Right.USE_MAILINGS)
def overview(request: HttpRequest) -> HttpResponse:
    """Every mailing that has started, the newest first, with its figures."""
    started = mailings_of(signed_in(request)).filter(started_at__isnull=False)
    page = Paginator(
        started.order_by("-started_at", "-pk"), MAILINGS_PER_PAGE
    ).get_page(request.GET.get("page"))
    mailings = list(page.object_list)
    figures = smart_buttons_of(mailings, now=timezone.now())
    rows = [(mailing, figures[mailing.pk]) for mailing in mailings]
    return render(request, "results/overview.html", {"rows": rows, "page": page})


@require_GET
@right_required(Right.USE_MAILINGS)
def definitions(request: HttpRequest) -> HttpResponse:
    return render(request, "results/definitions.html")


@require_GET
@right_required(Right.USE_MAILINGS)
def template_usage(request: HttpRequest, pk: int) -> HttpResponse:
    """The mailings made from a template and what came of them, for its page."""
    template = get_object_or_404(Template, pk=pk)
    usage = usage_of(template, signed_in(request), now=timezone.now())
    return render(request, "results/_template_usage.html", {"usage": usage})


@require_GET
@right_required(Right.USE_MAILINGS)
def smart_buttons(request: HttpRequest, pk: int) -> HttpResponse:
    """The buttons alone, for a page that shows them already."""
    context = {"mailing": get_mailing(request, pk)}
    return render(request, "results/_smart_buttons.html", context)


@require_GET
@right_required(Right.USE_MAILINGS)
def people_list(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Who is behind a figure; the page's number is the button's."""
    mailing = get_mailing(request, pk)
    search = request.GET.get("q", "")[:200]
    why = _why(request, name)
    found = people.rows_behind(mailing, _known(name), search=search, why=why)
    after = _number(request.GET.get("after", ""))
    rows = people.shown(found.filter(pk__gt=after)[: people.ROWS_PER_PAGE + 1], mailing)
    has_more = len(rows) > people.ROWS_PER_PAGE
    rows = rows[: people.ROWS_PER_PAGE]
    context = {
        "mailing": mailing,
        "name": name,
        "label": LABELS[name],
        "meaning": DEFINITIONS[name],
        "rows": rows,
        "count": found.count(),
        "search": search,
        "why": why,
        "reasons": leaving_reasons(mailing) if name == Further.UNSUBSCRIBED else [],
        "first_url": _page_url(search, why, 0) if after else "",
        "next_url": _page_url(search, why, rows[-1].key) if has_more else "",
        "shown": "",
        "may_export": signed_in(request).may(Right.EXPORT_LEADS),
    }
    return render(request, "results/people.html", context)


@require_GET
@login_required
def people_export(
    request: HttpRequest, pk: int, name: str, kind: str
) -> HttpResponseBase:
    """The same list as a file; cells that a spreadsheet would run are made harmless."""
    if not signed_in(request).may(Right.EXPORT_LEADS):
        raise Http404
    mailing = get_mailing(request, pk)
    search = request.GET.get("q", "")[:200]
    why = _why(request, name)
    found = people.rows_behind(mailing, _known(name), search=search, why=why)
    lines: Iterator[str] | Iterator[bytes]
    if kind == "csv":
        lines = people.csv_lines(found, mailing)
        content_type = "text/csv; charset=utf-8"
    elif kind == "xlsx":
        lines, content_type = iter([people.xlsx_bytes(found, mailing)]), XLSX
    else:
        raise Http404
    response = StreamingHttpResponse(lines, content_type=content_type)
    response.headers["Content-Disposition"] = (
        f'attachment; filename="mailing-{mailing.pk}-{name}.{kind}"'
    )
    return response


def _known(name: str) -> str:
    if name not in CONDITIONS and name != Button.LEADS:
        raise Http404
    return name


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _why(request: HttpRequest, name: str) -> str:
    """The reason that the list is narrowed to; "" for all and for other lists."""
    code = request.GET.get("why", "")
    is_known = code == NO_REASON or code in WishReason
    return code if is_known and name == Further.UNSUBSCRIBED else ""


def _page_url(search: str, why: str, after: int) -> str:
    query = {"q": search, "why": why, "after": str(after) if after else ""}
    return "?" + urlencode({name: value for name, value in query.items() if value})
