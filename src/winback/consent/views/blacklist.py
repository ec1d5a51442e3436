"""The blacklist's page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    QueryDict,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.consent import services
from winback.consent.files import FileRow, csv_lines
from winback.consent.forms import (
    BlacklistAddForm,
    BlacklistFilterForm,
    BlacklistImportForm,
)
from winback.consent.models import BlacklistEntry, BlacklistReason
from winback.consent.queries import blacklist_matching, entries_against

ROWS_PER_PAGE = 50
FAULTS_SHOWN = 100


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
    listing, user, now = form.listing(), signed_in(request), timezone.now()
    if form.cleaned_data["erase"]:
        services.keep_fingerprint_only(listing.value, by=user, now=now)
        # Not named once more: this message is kept in the session.
        words = _("The address is forgotten here, and blocked by its fingerprint.")
        messages.success(request, words)
        return redirect("consent:blacklist")
    by_hand = BlacklistReason.BY_HAND
    if services.blacklist(listing, reason=by_hand, by=user, now=now):
        words = _("%(address)s will not be written to any more.")
    else:
        words = _("%(address)s is already on the blacklist.")
    messages.success(request, words % {"address": listing.value})
    return redirect("consent:blacklist")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def blacklist_lift(request: HttpRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(BlacklistEntry, pk=pk)
    services.lift_entry(entry, by=signed_in(request), now=timezone.now())
    others = entries_against(entry.address)
    if others:
        words = _("%(address)s is still blocked by %(entry)s.")
        given = {"address": entry.address, "entry": others[0].address}
        messages.warning(request, words % given)
    else:
        words = _("%(address)s may be written to again.")
        messages.success(request, words % {"address": entry.address})
    return redirect("consent:blacklist")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def blacklist_import(request: HttpRequest) -> HttpResponse:
    """Add the rows of a file, or (with ``check``) say what that would do."""
    form = BlacklistImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, import_form=form, status=422)
    rows: list[FileRow] = form.cleaned_data["file"]
    is_check = "check" in request.POST
    if is_check:
        outcome = services.check_entries(rows)
    else:
        outcome = services.import_entries(
            rows, by=signed_in(request), now=timezone.now()
        )
    report = {
        "is_check": is_check,
        "added": outcome.added,
        "known": outcome.known,
        "fault_count": len(outcome.faults),
        "faults": [
            {"number": number, "typed": typed[:200]}
            for number, typed in outcome.faults[:FAULTS_SHOWN]
        ],
    }
    return _page(request, report=report)


@require_GET
@login_required
def blacklist_export(request: HttpRequest) -> StreamingHttpResponse:
    if not signed_in(request).may(Right.MANAGE_BLACKLIST):
        raise Http404
    entries = blacklist_matching(**_asked(request.GET)).order_by("pk")
    return StreamingHttpResponse(
        csv_lines(entries.iterator(chunk_size=2000)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="blacklist.csv"'},
    )


def _asked(given: QueryDict) -> dict[str, str]:
    filters = BlacklistFilterForm(given)
    filters.is_valid()  # an unknown kind or reason asks for everything
    chosen = filters.cleaned_data
    return {
        "text": given.get("q", "").replace("\0", "")[:320],
        "kind": chosen.get("kind", ""),
        "reason": chosen.get("reason", ""),
    }


def _page(
    request: HttpRequest,
    *,
    add_form: BlacklistAddForm | None = None,
    import_form: BlacklistImportForm | None = None,
    report: dict[str, object] | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = _asked(request.GET)
    found = blacklist_matching(**asked).order_by("-pk")
    before = request.GET.get("before", "")
    is_first = not (before.isascii() and before.isdigit() and len(before) < 19)
    rows = list((found if is_first else found.filter(pk__lt=int(before)))[:51])
    has_more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE]
    context = {
        "rows": rows,
        "count": found.count(),
        "search": asked["text"],
        "filters": BlacklistFilterForm(initial=asked),
        "is_filtered": any(asked.values()),
        "first_url": "" if is_first else _url(asked, 0),
        "next_url": _url(asked, rows[-1].pk) if has_more else "",
        "may_manage": signed_in(request).may(Right.MANAGE_BLACKLIST),
        "add_form": add_form or BlacklistAddForm(),
        "import_form": import_form or BlacklistImportForm(),
        "report": report,
    }
    return render(request, "consent/blacklist.html", context, status=status)


def _url(asked: dict[str, str], before: int) -> str:
    query = {
        "q": asked["text"],
        "kind": asked["kind"],
        "reason": asked["reason"],
        "before": str(before) if before else "",
    }
    return "?" + urlencode({name: value for name, value in query.items() if value})
