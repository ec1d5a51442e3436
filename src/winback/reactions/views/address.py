"""A proposed new address of a lead: taken, or not."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.crm.models import Lead
from winback.reactions.models import AddressChange
from winback.reactions.services.address_changes import (
    BlacklistedAddressError,
    StaleChangeError,
    accept_address,
    dismiss_address,
    take_back_address,
)


@require_POST
@right_required(Right.EDIT_LEADS)
def address_accept(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    try:
        accept_address(change.pk, by=signed_in(request), now=timezone.now())
    except BlacklistedAddressError:
        messages.error(request, _("The new address is on the blacklist."))
    except StaleChangeError:
        messages.warning(request, _stale())
    else:
        words = _("The lead's address is %(address)s now.")
        messages.success(request, words % {"address": change.new_address})
    return redirect("crm:lead", pk=change.lead_id)


@require_POST
@right_required(Right.EDIT_LEADS)
def address_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    try:
        dismiss_address(change.pk, by=signed_in(request), now=timezone.now())
    except StaleChangeError:
        messages.warning(request, _stale())
    else:
        messages.success(request, _("The lead keeps its address."))
    return redirect("crm:lead", pk=change.lead_id)


@require_POST
@right_required(Right.EDIT_LEADS)
def address_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    try:
        take_back_address(change.pk, by=signed_in(request), now=timezone.now())
    except StaleChangeError:
        messages.warning(request, _stale())
    else:
        messages.success(request, _("Undone."))
    return redirect("crm:lead", pk=change.lead_id)


def _change(request: HttpRequest, pk: int) -> AddressChange:
    """The proposal if its lead may be seen; 404 otherwise."""
    leads = Lead.objects.visible_to(signed_in(request))
    changes = AddressChange.objects.filter(lead__in=leads)
    return get_object_or_404(changes, pk=pk)


def _stale() -> str:
    return _(
        "Nothing was changed: this was decided before, or the lead has another address."
    )
