"""What the buttons of a mailing do."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.services import may_change
from winback.mailings import services
from winback.mailings.forms import ScheduleForm
from winback.mailings.views.access import get_mailing


@require_POST
@right_required(Right.SEND_MAILINGS)
def mailing_send(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    try:
        services.send_mailing(mailing, by=signed_in(request), now=timezone.now())
    except services.MailingError as error:
        messages.error(request, str(error))
    return redirect("mailings:mailing", pk=pk)


@require_POST
@right_required(Right.SEND_MAILINGS)
def mailing_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    form = ScheduleForm(request.POST)
    if form.is_valid():
        try:
            services.schedule_mailing(
                mailing,
                local_time=form.cleaned_data["scheduled_at"],
                time_zone=form.cleaned_data["time_zone"],
                timing=form.cleaned_data["timing"],
                by=signed_in(request),
                now=timezone.now(),
            )
        except services.MailingInvalidError as error:
            for name, problem in error.problems.items():
                form.add_error(name, problem)
        except services.MailingError as error:
            form.add_error(None, str(error))
    if form.errors:
        context = {"mailing": mailing, "schedule_form": form}
        return render(request, "mailings/_schedule_form.html", context, status=422)
    response = redirect("mailings:mailing", pk=pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
    return response


def _action(
    change: Callable[..., object], done: Callable[[], str]
) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that makes one change of state and goes back to the mailing."""

    @require_POST
    @right_required(Right.SEND_MAILINGS)
    def act(request: HttpRequest, pk: int) -> HttpResponse:
        mailing = get_mailing(request, pk)
        try:
            change(mailing, by=signed_in(request), now=timezone.now())
        except services.MailingError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, done())
        return redirect("mailings:mailing", pk=pk)

    return act


mailing_undo = _action(
    services.undo_send, lambda: _("Taken back. It is a draft again.")
)
mailing_pause = _action(services.pause_mailing, lambda: _("Paused."))
mailing_resume = _action(services.resume_mailing, lambda: _("Going on."))
mailing_cancel = _action(
    services.cancel_mailing, lambda: _("Cancelled. Nobody else is written to.")
)


@require_POST
@right_required(Right.USE_MAILINGS)
def mailing_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    copy = services.duplicate_mailing(
        mailing, by=signed_in(request), now=timezone.now()
    )
    messages.success(request, _("This is the copy."))
    return redirect("mailings:mailing", pk=copy.pk)


@require_POST
@right_required(Right.USE_MAILINGS)
def mailing_save_template(request: HttpRequest, pk: int) -> HttpResponse:
    """A new template, or the next version of the one that the mailing began as."""
    mailing, by = get_mailing(request, pk), signed_in(request)
    replaces = mailing.template if request.POST.get("replaces") else None
    if replaces is not None and not may_change(by, replaces):
        raise Http404
    template = services.save_as_template(
        mailing,
        name=request.POST.get("name", "")[:200],
        by=by,
        now=timezone.now(),
        replaces=replaces,
    )
    text = _("Saved as the template “%(name)s”.") % {"name": template.name}
    messages.success(request, text)
    return redirect("mailings:mailing", pk=pk)


@require_POST
@right_required(Right.USE_MAILINGS)
def mailing_delete(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    try:
        services.delete_draft(mailing, by=signed_in(request), now=timezone.now())
    except services.MailingError as error:
        messages.error(request, str(error))
        return redirect("mailings:mailing", pk=pk)
    messages.success(request, _("The draft is deleted."))
    return redirect("mailings:mailing-list")
