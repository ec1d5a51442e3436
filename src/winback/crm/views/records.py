"""Settings of the pipeline: stages, lost reasons, teams, tags.

The four are edited alike, so each page is one view with a ``Kind``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.db.models import Count, ProtectedError, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winback.accounts.access import right_required
from winback.accounts.models import Team
from winback.accounts.rules import Right
from winback.core.formats import number_text
from winback.crm.forms import (
    LostReasonForm,
    ProductForm,
    StageForm,
    TagForm,
    TeamForm,
)
from winback.crm.models import LostReason, Product, Stage, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of record, as its pages need to know it."""

    model: type[models.Model]
    form: type[forms.ModelForm]  # type: ignore[type-arg]
    url_name: str
    filter_name: str
    title: str | Promise
    lead: str | Promise
    new_label: str | Promise
    icon: str
    has_order: bool = False
    # Kept for the history: archived when in use, never deleted.
    is_archived_when_used: bool = False

    def rows(self) -> QuerySet[Any]:
        rows = self.model._default_manager.annotate(used_by=Count("leads"))
        return (
            rows.order_by("archived_at", "position", "pk") if self.has_order else rows
        )


STAGES = Kind(
    model=Stage,
    form=StageForm,
    url_name="crm:stage",
    filter_name="stage",
    title=gettext_lazy("Stages"),
    lead=gettext_lazy("The columns of the pipeline, in their order."),
    new_label=gettext_lazy("New stage"),
    icon="layout-kanban",
    has_order=True,
    is_archived_when_used=True,
)
REASONS = Kind(
    model=LostReason,
    form=LostReasonForm,
    url_name="crm:reason",
    filter_name="reason",
    title=gettext_lazy("Lost reasons"),
    lead=gettext_lazy("Why leads are lost: what win-back mailings choose by."),
    new_label=gettext_lazy("New lost reason"),
    icon="flag-off",
    has_order=True,
    is_archived_when_used=True,
)
TEAMS = Kind(
    model=Team,
    form=TeamForm,
    url_name="crm:team",
    filter_name="team",
    title=gettext_lazy("Teams"),
    lead=gettext_lazy("Who sells together."),
    new_label=gettext_lazy("New team"),
    icon="users-group",
)
PRODUCTS = Kind(
    model=Product,
    form=ProductForm,
    url_name="crm:product",
    filter_name="product",
    title=gettext_lazy("Products"),
    lead=gettext_lazy("What leads ask for; mails can show price and stock."),
    new_label=gettext_lazy("New product"),
    icon="package",
    is_archived_when_used=True,
)
TAGS = Kind(
    model=Tag,
    form=TagForm,
    url_name="crm:tag",
    filter_name="tag",
    title=gettext_lazy("Tags"),
    lead=gettext_lazy("Words to find leads by."),
    new_label=gettext_lazy("New tag"),
    icon="tags",
)


@require_GET
@right_required(Right.MANAGE_PIPELINE)
def record_list(request: HttpRequest, kind: Kind) -> HttpResponse:
    rows = list(kind.rows())
    in_use = [row for row in rows if not getattr(row, "archived_at", None)]
    context = {
        "kind": kind,
        "rows": rows,
        "first": in_use[0] if in_use else None,
        "last": in_use[-1] if in_use else None,
    }
    return render(request, "crm/record_list.html", context)


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_PIPELINE)
def record_form(
    request: HttpRequest, kind: Kind, pk: int | None = None
) -> HttpResponse:
    record = get_object_or_404(kind.model, pk=pk) if pk else None
    form = kind.form(request.POST or None, instance=record)
    if request.method == "POST" and form.is_valid():
        if kind.has_order and record is None:
            form.instance.position = _last_position(kind) + 1
        saved = form.save()
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return redirect(f"{kind.url_name}-list")
    context = {"kind": kind, "form": form, "record": record}
    status = 422 if form.errors else 200
    return render(request, "crm/record_form.html", context, status=status)


def _last_position(kind: Kind) -> int:
    last = kind.model._default_manager.aggregate(last=models.Max("position"))["last"]
    return int(last or 0)


@require_POST
@right_required(Right.MANAGE_PIPELINE)
def record_move(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    """Exchange places with the neighbour above or below."""
    if not kind.has_order:
        raise Http404
    rows: list[Any] = list(
        kind.model._default_manager.filter(archived_at=None).order_by("position", "pk")
    )
    place = next((at for at, row in enumerate(rows) if row.pk == pk), None)
    if place is None:
        raise Http404
    other = place + (-1 if request.POST.get("direction") == "up" else 1)
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows):
            row.position = position
        kind.model._default_manager.bulk_update(rows, ["position"])
    return redirect(f"{kind.url_name}-list")


@require_POST
@right_required(Right.MANAGE_PIPELINE)
def record_remove(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    """Delete what nothing uses; archive what the history still needs."""
    record: Any = get_object_or_404(kind.model, pk=pk)
    obstacle = _stage_obstacle(record) if isinstance(record, Stage) else ""
    if obstacle:
        messages.error(request, obstacle)
        return redirect(f"{kind.url_name}-list")
    try:
        if kind.is_archived_when_used and record.leads.exists():
            raise ProtectedError("", set())
        record.delete()
    except ProtectedError:
        record.archived_at = timezone.now()
        record.save(update_fields=["archived_at"])
        messages.success(
            request,
            _("%(name)s is archived: leads that have it keep it.") % {"name": record},
        )
    else:
        messages.success(request, _("%(name)s is deleted.") % {"name": record})
    return redirect(f"{kind.url_name}-list")


def _stage_obstacle(stage: Stage) -> str:
    """Why this stage must stay; empty if it may go."""
    count = stage.leads.filter(Q(active=True)).count()
    if count:
        return ngettext(
            "%(n)s lead is in this stage. Move it first.",
            "%(n)s leads are in this stage. Move them first.",
            count,
        ) % {"n": number_text(count)}
    others = Stage.objects.filter(archived_at=None, is_won=False).exclude(pk=stage.pk)
    if not others.exists():
        return _("New leads need a stage to begin in, so the last one stays.")
    return ""


@require_POST
@right_required(Right.MANAGE_PIPELINE)
def record_unarchive(request: HttpRequest, kind: Kind, pk: int) -> HttpResponse:
    if not kind.is_archived_when_used:
        raise Http404
    record: Any = get_object_or_404(kind.model, pk=pk)
    record.archived_at = None
    record.save(update_fields=["archived_at"])
    messages.success(request, _("%(name)s is in use again.") % {"name": record})
    return redirect(f"{kind.url_name}-list")
