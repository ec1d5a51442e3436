"""The blacklist's page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.consent import services
from winback.consent.files import csv_lines
from winback.consent.forms import BlacklistAddForm, BlacklistImportForm
from winback.consent.models import BlacklistEntry, BlacklistReason
from winback.consent.queries import blacklist_matching
from winback.core.formats import number_text

ROWS_PER_PAGE = 50
INVALID_SHOWN = 5


@require_GET
@right_required(Right.USE_MAILINGS)
def blacklist(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def blacklist_add(request: HttpRequest) -> HttpResponse:
    form = BlacklistAddForm(request.POST)
    if not form.is_valid():
        return _page(request, add_form=form, status=422)
    address = form.cleaned_data["address"]
    is_new = services.blacklist_address(
        address,
        reason=BlacklistReason.BY_HAND,
        note=form.cleaned_data["note"],
        by=signed_in(request),
        now=timezone.now(),
    )
    if is_new:
        words = _("%(address)s will not be written to any more.")
    else:
        words = _("%(address)s is on the blacklist already.")
    messages.success(request, words % {"address": address})
    return redirect("consent:blacklist")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def blacklist_lift(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(BlacklistEntry, pk=pk)
    services.lift_blacklist(entry.address, by=signed_in(request), now=timezone.now())
    words = _("%(address)s may be written to again.")
    messages.success(request, words % {"address": entry.address})
    return redirect("consent:blacklist")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def blacklist_import(request: HttpRequest) -> HttpResponse:
    form = BlacklistImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, import_form=form, status=422)
    rows = form.cleaned_data["file"]
    added, invalid = services.import_blacklist(
        rows, by=signed_in(request), now=timezone.now()
    )
    messages.success(
        request,
        ngettext("%(n)s address added.", "%(n)s addresses added.", added)
        % {"n": number_text(added)},
    )
    if invalid:
        words = ngettext(
            "%(n)s line holds no valid address: %(some)s",
            "%(n)s lines hold no valid address: %(some)s",
            len(invalid),
        )
        some = ", ".join(cell[:60] for cell in invalid[:INVALID_SHOWN])
        messages.warning(
            request, words % {"n": number_text(len(invalid)), "some": some}
        )
    return redirect("consent:blacklist")


@require_GET
@login_required
def blacklist_export(request: HttpRequest) -> StreamingHttpResponse:
    if not signed_in(request).may(Right.MANAGE_BLACKLIST):
        raise Http404
    entries = blacklist_matching(request.GET.get("q", "")).order_by("pk")
    return StreamingHttpResponse(
        csv_lines(entries.iterator(chunk_size=2000)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="blacklist.csv"'},
    )


def _page(
    request: HttpRequest,
    *,
    add_form: BlacklistAddForm | None = None,
    import_form: BlacklistImportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    search = request.GET.get("q", "")[:320]
    found = blacklist_matching(search).order_by("-pk")
    before = request.GET.get("before", "")
    is_first = not (before.isascii() and before.isdigit() and len(before) < 19)
    rows = list((found if is_first else found.filter(pk__lt=int(before)))[:51])
    has_more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE]
    context = {
        "rows": rows,
        "count": found.count(),
        "search": search,
        "first_url": "" if is_first else _url(search, 0),
        "next_url": _url(search, rows[-1].pk) if has_more else "",
        "may_manage": signed_in(request).may(Right.MANAGE_BLACKLIST),
        "add_form": add_form or BlacklistAddForm(),
        "import_form": import_form or BlacklistImportForm(),
    }
    return render(request, "consent/blacklist.html", context, status=status)


def _url(search: str, before: int) -> str:
    query = {"q": search, "before": str(before) if before else ""}
    return "?" + urlencode({name: value for name, value in query.items() if value})
