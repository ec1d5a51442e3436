"""What mails fetch, where Django is asked: see ``quick`` for what comes before it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from winback.reactions.answers import (
    NO_STORE,
    Answer,
    link_answer,
    pixel_answer,
    stored_location,
)


@require_safe
def open_pixel(request: HttpRequest, token: str) -> HttpResponse:
    return _response(pixel_answer(token, request.META))


@require_safe
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """On to the link's own address; anything not signed by us leads nowhere."""
    target = request.GET.get("u", "")
    answer = link_answer(token, target, request.META, location_of=stored_location)
    return _response(answer) if answer else _expired(request)


def _response(answer: Answer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


def _expired(request: HttpRequest) -> HttpResponse:
    response = render(request, "reactions/link_expired.html", status=404)
    response.headers["Cache-Control"] = NO_STORE
    response.headers["X-Robots-Tag"] = "noindex"
    return response
