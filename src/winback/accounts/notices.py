"""The page of a person's news, and the number beside the bell."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from winback.accounts import services
from winback.accounts.access import signed_in

SHOWN_NOTICES = 50


@require_GET
@login_required
def notice_list(request: HttpRequest) -> HttpResponse:
    notices = list(signed_in(request).notices.all()[:SHOWN_NOTICES])
    context = {
        "notices": notices,
        "has_unseen": any(notice.seen_at is None for notice in notices),
        "up_to": max((notice.pk for notice in notices), default=0),
    }
    return render(request, "accounts/notice_list.html", context)


@require_GET
@login_required
def notice_count(request: HttpRequest) -> HttpResponse:
    """How many are new; fetched by the menu of every page."""
    count = signed_in(request).notices.filter(seen_at__isnull=True).count()
    return render(request, "accounts/_notice_count.html", {"count": count})


@require_POST
@login_required
def notices_seen(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("up_to", "")
    if number.isascii() and number.isdigit():
        # Only what was on the page: news of this very moment stay new.
        services.see_notices(
            signed_in(request), up_to=int(number[:18]), now=timezone.now()
        )
    return redirect("accounts:notice-list")
