"""One lead: its fields, its story, and what is done with it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.core.address_quality import proposed_address
from winback.crm import services
from winback.crm.address_notes import address_notes
from winback.crm.forms import LeadForm, LostForm, NoteForm, TaskForm
from winback.crm.lead_cards import cards_of
from winback.crm.models import Lead, LeadEvent, LeadStatus, Stage, Task
from winback.crm.rules import WonLeadError
from winback.crm.timeline import timeline

SHOWN_LINES = 100


def _get_lead(request: HttpRequest, pk: int) -> Lead:
    """The lead if this person may see it; 404 otherwise, never 403."""
    visible = Lead.objects.visible_to(signed_in(request))
    related = visible.select_related("stage", "lost_reason", "owner", "import_run__by")
    return get_object_or_404(related, pk=pk)


@require_http_methods(["GET", "POST"])
@login_required
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        return lead_save(request, pk)
    shown = _get_lead(request, pk)
    return _render_lead(request, shown, LeadForm(instance=shown))


@right_required(Right.EDIT_LEADS)
def lead_save(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _get_lead(request, pk)
    # Checking a form writes into its instance; the service compares with the old.
    form = LeadForm(request.POST, instance=_get_lead(request, pk))
    if not form.is_valid():
        return _render_lead(request, shown, form)
    user = signed_in(request)
    services.update_lead(shown, form.changes(), by=user, now=timezone.now())
    messages.success(request, _("The lead is saved."))
    if not Lead.objects.visible_to(user).filter(pk=pk).exists():
        return redirect("crm:lead-list")
    return redirect("crm:lead", pk=pk)


def _render_lead(request: HttpRequest, shown: Lead, form: LeadForm) -> HttpResponse:
    user = signed_in(request)
    lines = timeline(shown)
    context: dict[str, Any] = {
        "lead": shown,
        "form": form,
        "stages": list(Stage.objects.filter(archived_at=None)),
        "timeline_items": lines[:SHOWN_LINES],
        "more_lines": max(0, len(lines) - SHOWN_LINES),
        "losses": list(shown.losses.select_related("reason", "by")),
        "tasks": list(shown.tasks.select_related("owner")),
        "may_edit": user.may(Right.EDIT_LEADS),
        "cards": cards_of(shown, user),
        "lost_form": LostForm(auto_id="lost_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "task_form": TaskForm(auto_id="task_%s"),
        "address": address_notes(shown, now=timezone.now()),
    }
    status = 422 if form.errors else 200
    return render(request, "crm/lead.html", context, status=status)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_mend_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the address that was probably meant, if it is still the one proposed."""
    shown = _get_lead(request, pk)
    meant = proposed_address(shown.email_normalized)
    if meant and request.POST.get("address") == meant:
        user, now = signed_in(request), timezone.now()
        services.update_lead(shown, {"email": meant}, by=user, now=now)
        messages.success(
            request, _("The address is %(address)s now.") % {"address": meant}
        )
    else:
        messages.error(request, _("The address was changed meanwhile; look once more."))
    return redirect("crm:lead", pk=pk)


@require_http_methods(["GET", "POST"])
@right_required(Right.EDIT_LEADS)
def lead_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = LeadForm(request.POST or None, initial={"owner": user})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        made = services.create_lead(
            services.LeadFields(**given), by=user, now=timezone.now()
        )
        messages.success(request, _("The lead is created."))
        return _to_lead_or_list(request, made.pk)
    status = 422 if form.errors else 200
    return render(request, "crm/lead_new.html", {"form": form}, status=status)


def _to_lead_or_list(request: HttpRequest, pk: int) -> HttpResponse:
    visible = Lead.objects.visible_to(signed_in(request))
    if visible.filter(pk=pk).exists():
        return redirect("crm:lead", pk=pk)
    return redirect("crm:lead-list")


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_lost(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _get_lead(request, pk)
    form = LostForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: choose a reason of the list."))
        return redirect("crm:lead", pk=pk)
    try:
        services.mark_lost(
            Lead.objects.filter(pk=shown.pk),
            reason=form.cleaned_data["reason"],
            note=form.cleaned_data["note"],
            by=signed_in(request),
            now=timezone.now(),
        )
    except WonLeadError:
        messages.error(request, _("A won lead cannot be marked lost."))
    else:
        messages.success(request, _("The lead is marked lost."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_restore(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = Lead.objects.filter(pk=_get_lead(request, pk).pk)
    if services.restore_leads(chosen, by=signed_in(request), now=timezone.now()):
        messages.success(request, _("The lead is open again."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_archive(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = Lead.objects.filter(pk=_get_lead(request, pk).pk)
    services.archive_leads(chosen, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The lead is archived."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_unarchive(request: HttpRequest, pk: int) -> HttpResponse:
    chosen = Lead.objects.filter(pk=_get_lead(request, pk).pk)
    services.unarchive_leads(chosen, by=signed_in(request), now=timezone.now())
    messages.success(request, _("The lead is out of the archive."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_stage(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _get_lead(request, pk)
    key = request.POST.get("stage", "")
    stages = Stage.objects.filter(archived_at=None)
    stage = get_object_or_404(stages, pk=key if key.isdecimal() else 0)
    services.move_to_stage(shown, stage, by=signed_in(request), now=timezone.now())
    won = shown.status == LeadStatus.WON
    messages.success(
        request,
        _("Won. Well done!") if won else _("Moved to %(stage)s.") % {"stage": stage},
    )
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_note(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _get_lead(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid():
        services.record_event(
            shown,
            LeadEvent.Kind.NOTE,
            at=timezone.now(),
            by=signed_in(request),
            details={"text": form.cleaned_data["text"]},
        )
    else:
        messages.error(request, _("The note is empty, so nothing was kept."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def lead_task(request: HttpRequest, pk: int) -> HttpResponse:
    shown = _get_lead(request, pk)
    form = TaskForm(request.POST)
    if form.is_valid():
        due_on = form.cleaned_data["due_on"]
        end_of_day = time(23, 59)
        services.create_task(
            shown,
            title=form.cleaned_data["title"],
            now=timezone.now(),
            due_at=timezone.make_aware(datetime.combine(due_on, end_of_day))
            if due_on
            else None,
        )
    else:
        messages.error(request, _("A task needs a few words and a valid day."))
    return redirect("crm:lead", pk=pk)


@require_POST
@right_required(Right.EDIT_LEADS)
def task_done(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task off, or open it again."""
    leads = Lead.objects.visible_to(signed_in(request))
    task = get_object_or_404(Task, pk=pk, lead__in=leads)
    task.done_at = None if task.done_at else timezone.now()
    task.save(update_fields=["done_at"])
    return redirect("crm:lead", pk=task.lead_id)
