"""Where providers call; see docs/admin.md for the addresses to give them."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from winback.reactions import webhooks
from winback.reactions.tasks import wake_reader


@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def webhook(request: HttpRequest, provider: str, kind: str) -> HttpResponseBase:
    """Keep what a provider tells; 404 for one that is not set up.

    HEAD is how some ask whether the address is there.
    """
    answered = webhooks.answer(request, provider, kind)
    if answered is None:
        raise Http404
    if request.method == "POST" and answered.status_code == 200:
        wake_reader()
    return answered
