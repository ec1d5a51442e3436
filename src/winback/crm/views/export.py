"""A list of leads as a file."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.core import audit
from winback.crm.exporting import csv_lines, write_xlsx
from winback.crm.lead_list import LeadFilter, matching_leads
from winback.crm.models import Lead
from winback.crm.views.lead_list import chosen_leads


@require_GET
@right_required(Right.EXPORT_LEADS)
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows for the same address, all of its pages."""
    chosen = LeadFilter.from_query(request.GET.dict())
    visible = Lead.objects.visible_to(signed_in(request))
    leads = matching_leads(visible, chosen, now=timezone.now())
    return _file(
        request, leads, kind=request.GET.get("format"), query=request.GET.urlencode()
    )


@require_POST
@right_required(Right.EXPORT_LEADS)
def export_chosen(request: HttpRequest) -> HttpResponseBase:
    """The ticked leads, or all the filter matches."""
    query = request.POST.get("filter", "") if request.POST.get("all") else "chosen"
    return _file(
        request, chosen_leads(request), kind=request.POST.get("format"), query=query
    )


def _file(
    request: HttpRequest, leads: QuerySet[Lead], *, kind: str | None, query: str
) -> HttpResponseBase:
    leads = leads.order_by("-created_at", "-pk")
    kind = "xlsx" if kind == "xlsx" else "csv"
    audit.record(
        "crm.export_leads",
        actor=signed_in(request),
        subject="lead",
        subject_id="",
        at=timezone.now(),
        query=query[:500],
        format=kind,
    )
    name = f"leads-{timezone.localdate().isoformat()}.{kind}"
    if kind == "xlsx":
        return FileResponse(write_xlsx(leads), as_attachment=True, filename=name)
    return StreamingHttpResponse(
        csv_lines(leads),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
