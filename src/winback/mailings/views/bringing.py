"""A mailing from a mail that somebody brings from another tool."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.foreign_fields import foreign_fields
from winback.content.incoming import (
    Incoming,
    IncomingRefusedError,
    read_upload,
    take_in,
)
from winback.mailings import services
from winback.mailings.checks.words import field_told


@require_http_methods(["GET", "POST"])
@right_required(Right.USE_MAILINGS)
def mailing_bring(request: HttpRequest) -> HttpResponse:
    """HTML or MJML, pasted or uploaded; 422 with the reason if it is neither."""
    if request.method == "GET":
        return render(request, "mailings/mailing_bring.html")
    try:
        brought = _brought(request)
        mailing = services.create_mailing(
            {"body_kind": brought.body_kind, "body": brought.body},
            by=signed_in(request),
            now=timezone.now(),
        )
    except IncomingRefusedError as error:
        return _refused(request, str(error))
    except services.MailingInvalidError as error:
        return _refused(request, " ".join(error.problems.values()))
    _tell(request, brought)
    return redirect("mailings:mailing", pk=mailing.pk)


def _tell(request: HttpRequest, brought: Incoming) -> None:
    """What became different on the way, and what nobody here would fill."""
    if brought.removed:
        message = _("Taken out, because mails cannot have it: %(parts)s.")
        messages.warning(request, message % {"parts": ", ".join(brought.removed)})
    if brought.exchanged:
        message = _("Merge fields of another tool became ours: %(fields)s.")
        fields = ", ".join(field_told(one) for one in brought.exchanged)
        messages.info(request, message % {"fields": fields})
    if left := foreign_fields(brought.body):
        message = _("Nobody fills these merge fields of another tool: %(fields)s.")
        fields = ", ".join(field_told(one) for one in left)
        messages.warning(request, message % {"fields": fields})


def _brought(request: HttpRequest) -> Incoming:
    """A file wins over what stands in the field."""
    upload = request.FILES.get("file")
    if upload is not None:
        return take_in(read_upload(upload.read()))
    return take_in(request.POST.get("source", ""))


def _refused(request: HttpRequest, problem: str) -> HttpResponse:
    context = {"problem": problem, "source": request.POST.get("source", "")}
    return render(request, "mailings/mailing_bring.html", context, status=422)
