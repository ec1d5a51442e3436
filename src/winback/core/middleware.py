"""What every answer carries."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.api import MessageFailure
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import urlencode

# Pages may load nothing from a foreign host and run no inline script. Inline
# style attributes stay allowed: charts and progress bars set sizes with them.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Adds the policy unless the view set its own (mail previews need another)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


def keep_out_of_caches(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Pages are asked for anew, also by the browser's Back.

    They hold people's data, and a form shown from a cache would be saved over
    what was changed since. A view that sets its own header keeps it.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def htmx_answers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Makes partial answers complete.

    An expired session leads the whole page to the login, instead of swapping
    the login into a corner of it; messages of an answer that is not a page
    become the event that shows toasts.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not getattr(request, "htmx", False):
            return response
        if _leads_to_login(response):
            return _login_for_the_page(request)
        is_partial = response.status_code < 300 or response.status_code == 422
        if is_partial and "HX-Redirect" not in response.headers:
            _announce_messages(request, response)
        return response

    return middleware


def _leads_to_login(response: HttpResponse) -> bool:
    login = resolve_url(settings.LOGIN_URL)
    target = urlsplit(response.headers.get("Location", "")).path
    return response.status_code == 302 and target == login


def _login_for_the_page(request: HttpRequest) -> HttpResponse:
    back = _page_asking(request)
    login = resolve_url(settings.LOGIN_URL)
    target = f"{login}?{urlencode({'next': back})}" if back else login
    return HttpResponse(status=204, headers={"HX-Redirect": target})


def _page_asking(request: HttpRequest) -> str:
    """The path of the page around the request; empty if that is not an address."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def _announce_messages(request: HttpRequest, response: HttpResponse) -> None:
    try:
        toasts = [
            {"level": message.level_tag, "text": str(message)}
            for message in get_messages(request)
        ]
    except MessageFailure:
        return
    if not toasts:
        return
    events = _events_of(response)
    events["winback:toast"] = {"toasts": toasts}
    response.headers["HX-Trigger"] = json.dumps(events)


def _events_of(response: HttpResponse) -> dict[str, object]:
    """What the view itself triggers: names, or names with their details."""
    given = response.headers.get("HX-Trigger", "").strip()
    if given.startswith("{"):
        events: dict[str, object] = json.loads(given)
        return events
    return {name.strip(): None for name in given.split(",") if name.strip()}
