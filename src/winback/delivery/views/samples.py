"""One mail as it would be sent: its source, and the test send."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.frames import frame_policy
from winback.core.addresses import split_addresses
from winback.crm.models import Lead
from winback.delivery import services
from winback.delivery.sample import NoSampleError, sample_mail
from winback.mailings.models import Mailing
from winback.mailings.people import neighbours
from winback.mailings.views.access import get_mailing
from winback.mailings.views.previews import (
    as_page,
    asked_language,
    asked_person,
)

MOST_LETTERS = 4000


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def preview_source(request: HttpRequest, pk: int) -> HttpResponse:
    """The raw mail for the preview's frame, or as a file with ``download``."""
    mailing = get_mailing(request, pk)
    lead = asked_person(request, mailing).lead
    language = asked_language(request)
    try:
        if lead is None:
            raise NoSampleError(_("There is nobody in the audience."))
        wanted = lead.language if language is None else language
        mail = sample_mail(mailing, lead, language=wanted, now=timezone.now())
    except NoSampleError as error:
        return _frame(str(error))
    if "download" in request.GET:
        response = HttpResponse(mail.content, content_type="message/rfc822")
        name = f"mailing-{mailing.pk}.eml"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["X-Content-Type-Options"] = "nosniff"
        return response
    return _frame(mail.content.decode("utf-8", "replace"))


def _frame(text: str) -> HttpResponse:
    response = HttpResponse(as_page(text, is_source=True))
    response["Content-Security-Policy"] = frame_policy("'none'")
    return response


@require_POST
@right_required(Right.USE_MAILINGS)
def test_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Tests to the addresses given, as one person of the audience would get it."""
    mailing = get_mailing(request, pk)
    lead = _lead(request, mailing)
    try:
        if lead is None:
            raise services.TestNotSentError(_("There is nobody in the audience."))
        results = services.send_tests(
            mailing,
            to=split_addresses(request.POST.get("address", "")[:MOST_LETTERS]),
            lead=lead,
            language=request.POST.get("language", "")[:8] or lead.language,
            by=signed_in(request),
            now=timezone.now(),
        )
    except services.TestNotSentError as error:
        results = [services.TestResult("", is_sent=False, text=str(error))]
    return _answer(request, pk, results)


def _lead(request: HttpRequest, mailing: Mailing) -> Lead | None:
    """The person asked for, if this user may see them, else the audience's first."""
    number = request.POST.get("lead", "")
    if number.isascii() and number.isdigit():
        visible = Lead.objects.visible_to(signed_in(request))
        return visible.filter(pk=int(number[:18])).first()
    return neighbours(mailing, None, now=timezone.now()).lead


def _answer(
    request: HttpRequest, pk: int, results: list[services.TestResult]
) -> HttpResponse:
    are_sent = all(result.is_sent for result in results)
    if not request.headers.get("HX-Request"):
        for result in results:
            level = messages.SUCCESS if result.is_sent else messages.ERROR
            messages.add_message(request, level, f"{result.address} {result.text}")
        return redirect("mailings:mailing", pk=pk)
    status = 200 if are_sent else 422
    context = {"results": results}
    return render(request, "delivery/_test_answer.html", context, status=status)
