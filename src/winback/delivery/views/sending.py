"""The page "Sending limits": senders, receiving groups, guards."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.delivery import services
from winback.delivery.forms import GuardForm, LaneForm, NewLaneForm
from winback.delivery.models import GuardSettings, Lane
from winback.delivery.quotas import Moment
from winback.delivery.senders import senders
from winback.delivery.smtp.servers import ServerUrlError
from winback.delivery.usage import lane_usages, sender_usages


@require_GET
@right_required(Right.MANAGE_SENDING)
def sending(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@right_required(Right.MANAGE_SENDING)
def limits_save(request: HttpRequest) -> HttpResponse:
    """The limits of all groups at once; nothing is saved if one is wrong."""
    forms = {lane.key: LaneForm(request.POST, lane=lane) for lane in Lane.objects.all()}
    if not all(form.is_valid() for form in forms.values()):
        return _page(request, lane_forms=forms)
    limits = {
        key: form.limits
        for key, form in forms.items()
        # One that was added meanwhile is not on the page that was sent.
        if f"{form.prefix}-per_hour" in request.POST
    }
    services.set_lane_limits(limits, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The limits are saved and hold from now on."))
    return redirect("delivery:sending")


@require_POST
@right_required(Right.MANAGE_SENDING)
def lane_add(request: HttpRequest) -> HttpResponse:
    form = NewLaneForm(request.POST)
    if form.is_valid():
        try:
            lane = services.add_lane(
                form.cleaned_data["domain"], by=signed_in(request), now=timezone.now()
            )
        except services.LaneError as error:
            form.add_error("domain", str(error))
        else:
            text = _("From now on mails to %(domain)s have a queue of their own.")
            messages.success(request, text % {"domain": lane.key})
            return redirect("delivery:sending")
    return _page(request, new_lane_form=form)


@require_POST
@right_required(Right.MANAGE_SENDING)
def lane_remove(request: HttpRequest, pk: int) -> HttpResponse:
    lane = get_object_or_404(Lane, pk=pk)
    try:
        services.remove_lane(lane, by=signed_in(request), now=timezone.now())
    except services.LaneError as error:
        messages.error(request, str(error))
    else:
        text = _("Mails to %(domain)s queue with everybody's again.")
        messages.success(request, text % {"domain": lane.key})
    return redirect("delivery:sending")


@require_POST
@right_required(Right.MANAGE_SENDING)
def guards_save(request: HttpRequest) -> HttpResponse:
    form = GuardForm(request.POST, instance=GuardSettings.current())
    if not form.is_valid():
        return _page(request, guard_form=form)
    services.set_rates(form.instance, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The guards are saved and hold from now on."))
    return redirect("delivery:sending")


def _page(
    request: HttpRequest,
    *,
    lane_forms: dict[str, LaneForm] | None = None,
    new_lane_form: NewLaneForm | None = None,
    guard_form: GuardForm | None = None,
) -> HttpResponse:
    is_wrong = bool(lane_forms or new_lane_form or guard_form)
    at = Moment.of(timezone.now())
    rows = [
        (
            usage,
            (lane_forms or {}).get(usage.lane.key) or LaneForm(None, lane=usage.lane),
        )
        for usage in lane_usages(at=at)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "new_lane_form": new_lane_form or NewLaneForm(),
        "guard_form": guard_form or GuardForm(instance=GuardSettings.current()),
        **_senders(at),
    }
    status = 422 if is_wrong else 200
    return render(request, "delivery/sending.html", context, status=status)


def _senders(at: Moment) -> dict[str, Any]:
    try:
        return {"senders": sender_usages(senders(), at=at)}
    except ServerUrlError as error:
        return {"senders": [], "senders_problem": str(error)}
