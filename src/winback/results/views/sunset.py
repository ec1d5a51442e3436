"""People who ignore us: the suggestion to stop, what was done about it, and undo."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.consent.models import ConsentSettings
from winback.consent.services import undo_batch
from winback.core.formats import number_text
from winback.results import sunset
from winback.segments.links import pack_tree

ROWS_PER_PAGE = 50


class SunsetForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ConsentSettings
        fields = ["sunset_after"]


@require_GET
@right_required(Right.USE_MAILINGS)
def sleeping(request: HttpRequest) -> HttpResponse:
    return _page(request, SunsetForm(instance=ConsentSettings.current()))


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def set_sunset(request: HttpRequest) -> HttpResponse:
    form = SunsetForm(request.POST, instance=ConsentSettings.current())
    if not form.is_valid():
        return _page(request, form, status=422)
    ConsentSettings.keep(sunset_after=form.cleaned_data["sunset_after"])
    return redirect("results:sleeping")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def stop_all(request: HttpRequest) -> HttpResponse:
    """Opt out everybody on the list; one press takes it back."""
    user, now = signed_in(request), timezone.now()
    leads = sunset.sleeping_leads(user, mails=sunset.sunset_after(), now=now)
    _batch_id, people = sunset.stop_writing_to(leads, by=user, now=now)
    words = ngettext(
        "%(n)s person will not be written to any more.",
        "%(n)s people will not be written to any more.",
        people,
    )
    messages.success(request, words % {"n": number_text(people)})
    return redirect("results:sleeping")


@require_POST
@right_required(Right.MANAGE_BLACKLIST)
def undo(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    people = undo_batch(batch_id, by=signed_in(request), now=timezone.now())
    words = ngettext(
        "%(n)s person may be written to again.",
        "%(n)s people may be written to again.",
        people,
    )
    messages.success(request, words % {"n": number_text(people)})
    return redirect("results:sleeping")


def _page(request: HttpRequest, form: SunsetForm, *, status: int = 200) -> HttpResponse:
    user, now = signed_in(request), timezone.now()
    mails = ConsentSettings.current().sunset_after
    found = sunset.sleeping_leads(user, mails=mails, now=now)
    after = request.GET.get("after", "")
    is_later = after.isascii() and after.isdigit() and len(after) < 19
    rows = list((found.filter(pk__gt=int(after)) if is_later else found)[:51])
    has_more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE]
    context = {
        "rows": rows,
        "count": found.count(),
        "mails": mails,
        "form": form,
        "batches": sunset.latest_batches(),
        "first_url": "?" if is_later else "",
        "next_url": f"?{urlencode({'after': rows[-1].pk})}" if has_more else "",
        "audience_url": _audience_url(mails),
        "may_manage": user.may(Right.MANAGE_BLACKLIST),
    }
    return render(request, "results/sleeping.html", context, status=status)


def _audience_url(mails: int) -> str:
    ignored = {"field": "ignored_in_a_row", "op": ">=", "value": mails}
    either = [{"field": "active", "op": op} for op in ("set", "not_set")]
    rules = [ignored, {"match": "any", "rules": either}]
    packed = pack_tree({"match": "all", "rules": rules})
    return f"{reverse('segments:audience')}?{urlencode({'r': packed})}"
