"""Home: what there is to do, and what it brought."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from winback.accounts.access import signed_in
from winback.accounts.rules import Right
from winback.web.pages import queries


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    may_mail = user.may(Right.USE_MAILINGS)
    now = timezone.now()
    context = {
        "totals": queries.lead_totals(user, now=now),
        "may_mail": may_mail,
        "may_import": user.may(Right.IMPORT_LEADS),
        "lines": queries.last_mailings(now=now) if may_mail else [],
        "tasks": queries.next_tasks(user),
    }
    return render(request, "web/home.html", context)
