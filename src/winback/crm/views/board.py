"""The pipeline board."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.crm import board, services
from winback.crm.forms import LostForm
from winback.crm.models import Lead, Stage


@require_GET
@login_required
def pipeline(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    columns = board.columns(Lead.objects.visible_to(user))
    context = {
        "columns": columns,
        "stages": [column.stage for column in columns],
        "is_empty": not any(column.figures.leads for column in columns),
        "may_edit": user.may(Right.EDIT_LEADS),
        "may_import": user.may(Right.IMPORT_LEADS),
        "lost_form": LostForm(auto_id="lost_%s"),
    }
    return render(request, "crm/pipeline.html", context)


@require_GET
@login_required
def pipeline_cards(request: HttpRequest, pk: int) -> HttpResponse:
    """More cards of one column, to be put below those that are shown."""
    user = signed_in(request)
    stage = get_object_or_404(Stage, pk=pk, archived_at=None)
    leads = Lead.objects.visible_to(user)
    context = {
        "stage": stage,
        "cards": board.cards(leads, stage, after=request.GET.get("after", "")),
        "stages": list(Stage.objects.filter(archived_at=None)),
        "may_edit": user.may(Right.EDIT_LEADS),
    }
    return render(request, "crm/_cards.html", context)


@require_POST
@right_required(Right.EDIT_LEADS)
def pipeline_move(request: HttpRequest) -> HttpResponse:
    """Put one lead into a stage; answers with the new figures of all columns."""
    user = signed_in(request)
    leads = Lead.objects.visible_to(user)
    lead = get_object_or_404(leads.filter(board.ON_THE_BOARD), pk=_key(request, "lead"))
    stage = get_object_or_404(Stage, pk=_key(request, "stage"), archived_at=None)
    services.move_to_stage(lead, stage, by=user, now=timezone.now())
    figures = board.stage_figures(leads)
    heads = [
        (stage, figures[stage.pk]) for stage in Stage.objects.filter(archived_at=None)
    ]
    return render(request, "crm/_column_figures.html", {"heads": heads})


def _key(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
