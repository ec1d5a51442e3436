"""A list of leads as a file."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.core import audit
from winback.crm.exporting import csv_lines, write_xlsx
from winback.crm.lead_list import LeadFilter, matching_leads
from winback.crm.models import Lead


@require_GET
@right_required(Right.EXPORT_LEADS)
def export(request: HttpRequest) -> HttpResponseBase:
    """What the list shows for the same address, all of its pages."""
    user, now = signed_in(request), timezone.now()
    chosen = LeadFilter.from_query(request.GET.dict())
    leads = matching_leads(Lead.objects.visible_to(user), chosen, now=now)
    leads = leads.order_by("-created_at", "-pk")
    kind = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    audit.record(
        "crm.export_leads",
        actor=user,
        subject="lead",
        subject_id="",
        at=now,
        query=request.GET.urlencode()[:500],
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
