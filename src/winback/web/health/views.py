"""Answers for load balancers and monitoring; no login, and no secrets."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from winback.core.config import is_loopback
from winback.web.health.metrics import metrics_text
from winback.web.health.probes import READINESS
from winback.web.health.rules import State

PROXY_HEADERS = ("X-Forwarded-For", "X-Real-IP", "Forwarded")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; asks nobody else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when this process may be given work, else 503; details stay inside.

    Answers within seconds also when a part hangs.
    """
    findings = [probe.ask() for probe in READINESS]
    is_ready = all(finding.state is not State.WRONG for finding in findings)
    parts = {finding.subject: finding.state.value for finding in findings}
    answer = {"status": "ready" if is_ready else "not ready", **parts}
    return JsonResponse(answer, status=200 if is_ready else 503)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For a scraper on this machine only; through a proxy it does not exist."""
    came_through_proxy = any(name in request.headers for name in PROXY_HEADERS)
    if came_through_proxy or not is_loopback(request.META.get("REMOTE_ADDR", "")):
        raise Http404
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE_LATEST)
