"""The list of leads and what is done with several of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.models import Team, User
from winback.accounts.rules import Right
from winback.core.formats import number_text
from winback.crm import services
from winback.crm.forms import LeadDaysForm, LostForm, OwnerForm
from winback.crm.lead_list import (
    GROUPS,
    SORTS,
    Found,
    LeadFilter,
    found_leads,
    groups_of,
    matching_leads,
    page_of,
    sort_for,
)
from winback.crm.models import Lead, LostReason, Product, Stage, Tag
from winback.crm.rules import WonLeadError


class _RefusedError(Exception):
    """What was chosen for the leads cannot be done; the message says why."""


@require_GET
@login_required
def lead_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    chosen = LeadFilter.from_query(request.GET.dict())
    visible = Lead.objects.visible_to(user)
    leads = matching_leads(visible, chosen, now=timezone.now())
    group = request.GET.get("group", "")
    found = found_leads(leads, chosen)
    context = {
        "chosen": chosen,
        "count": found.count,
        "is_exact": found.is_exact,
        "group": group if group in GROUPS else "",
        "may_edit": user.may(Right.EDIT_LEADS),
        "may_import": user.may(Right.IMPORT_LEADS),
        "may_export": user.may(Right.EXPORT_LEADS),
        **_choices(request),
        **(
            _grouped(leads, group)
            if group in GROUPS
            else _paged(request, found, chosen)
        ),
    }
    whole = not request.htmx or request.htmx.history_restore_request  # type: ignore[attr-defined]
    template = "crm/lead_list.html" if whole else "crm/_lead_list.html"
    return render(request, template, context)


def _paged(request: HttpRequest, found: Found, chosen: LeadFilter) -> dict[str, Any]:
    usual = "lost" if chosen.status == "lost" else "newest"
    sort = request.GET.get("sort", usual)
    sort = sort if sort in SORTS else usual
    page = page_of(
        found.leads,
        sort_for(sort, chosen),
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    return {
        "page": page,
        "sort": sort,
        "lost_form": LostForm(auto_id="lost_%s"),
        "owner_form": OwnerForm(auto_id="owner_%s"),
    }


def _grouped(leads: QuerySet[Lead], group: str) -> dict[str, Any]:
    return {"groups": groups_of(leads, group), "group_label": GROUPS[group][1]}


def _choices(request: HttpRequest) -> dict[str, Any]:
    """What the filter bar offers; four small queries and the people."""
    return {
        "sorts": [(name, sort.label) for name, sort in SORTS.items()],
        "group_choices": [(name, words[0]) for name, words in GROUPS.items()],
        "statuses": [
            ("open", pgettext("which leads", "Open")),
            ("lost", pgettext("which leads", "Lost")),
            ("won", pgettext("which leads", "Won")),
            ("all", pgettext("which leads", "All")),
        ],
        "days_form": LeadDaysForm(request.GET, auto_id="filter-%s"),
        "filters": [
            ("stage", _("Stage"), list(Stage.objects.all())),
            ("reason", _("Lost reason"), list(LostReason.objects.all())),
            ("owner", _("Owner"), list(User.objects.order_by("first_name", "email"))),
            ("team", _("Team"), list(Team.objects.all())),
            ("tag", _("Tag"), list(Tag.objects.all())),
            ("product", _("Product"), list(Product.objects.all())),
        ],
    }


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_bulk(request: HttpRequest) -> HttpResponse:
    """Do one thing with the ticked leads, or with all the filter matches."""
    act = ACTIONS.get(request.POST.get("action", ""))
    if act is not None:
        try:
            done = act(request, chosen_leads(request))
        except WonLeadError:
            messages.error(request, _("A won lead cannot be marked lost."))
        except _RefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
    return redirect(_back(request))


def chosen_leads(request: HttpRequest) -> QuerySet[Lead]:
    """The ticked leads that this person may see, or all the list's filter matches."""
    visible = Lead.objects.visible_to(signed_in(request))
    if request.POST.get("all"):
        query = QueryDict(request.POST.get("filter", "").removeprefix("?"))
        chosen = LeadFilter.from_query(query.dict())
        return matching_leads(visible, chosen, now=timezone.now())
    keys = [key for key in request.POST.getlist("lead") if key.isdecimal()]
    return visible.filter(pk__in=keys)


def _back(request: HttpRequest) -> str:
    query = request.POST.get("filter", "").removeprefix("?")
    board = request.POST.get("back") == "pipeline"
    target = reverse("crm:pipeline" if board else "crm:lead-list")
    return f"{target}?{query}" if query else target


def _mark_lost(request: HttpRequest, leads: QuerySet[Lead]) -> str:
    form = LostForm(request.POST)
    if not form.is_valid():
        raise _RefusedError(_("Nothing was changed: choose a reason of the list."))
    count = services.mark_lost(
        leads,
        reason=form.cleaned_data["reason"],
        note=form.cleaned_data["note"],
        by=signed_in(request),
        now=timezone.now(),
    )
    return ngettext(
        "%(n)s lead is marked lost.", "%(n)s leads are marked lost.", count
    ) % {"n": number_text(count)}


def _restore(request: HttpRequest, leads: QuerySet[Lead]) -> str:
    count = services.restore_leads(leads, by=signed_in(request), now=timezone.now())
    return ngettext(
        "%(n)s lead is open again.", "%(n)s leads are open again.", count
    ) % {"n": number_text(count)}


def _archive(request: HttpRequest, leads: QuerySet[Lead]) -> str:
    count = services.archive_leads(leads, by=signed_in(request), now=timezone.now())
    return ngettext("%(n)s lead is archived.", "%(n)s leads are archived.", count) % {
        "n": number_text(count)
    }


def _unarchive(request: HttpRequest, leads: QuerySet[Lead]) -> str:
    count = services.unarchive_leads(leads, by=signed_in(request), now=timezone.now())
    return ngettext(
        "%(n)s lead is out of the archive.",
        "%(n)s leads are out of the archive.",
        count,
    ) % {"n": number_text(count)}


def _assign(request: HttpRequest, leads: QuerySet[Lead]) -> str:
    form = OwnerForm(request.POST)
    if not form.is_valid():
        raise _RefusedError(_("Nothing was changed: this owner is not there any more."))
    count = services.assign_owner(
        leads,
        owner=form.cleaned_data["owner"],
        by=signed_in(request),
        now=timezone.now(),
    )
    return ngettext(
        "%(n)s lead has a new owner.", "%(n)s leads have a new owner.", count
    ) % {"n": number_text(count)}


ACTIONS: dict[str, Callable[[HttpRequest, QuerySet[Lead]], str]] = {
    "lost": _mark_lost,
    "restore": _restore,
    "archive": _archive,
    "unarchive": _unarchive,
    "assign": _assign,
}
