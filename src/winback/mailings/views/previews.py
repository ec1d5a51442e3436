"""Preview as a real person of the audience."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required
from winback.accounts.rules import Right
from winback.content.languages import language_name, normalized_language
from winback.mailings.contents import FOR_EVERYBODY_ELSE, main_version
from winback.mailings.models import Mailing
from winback.mailings.preview import (
    Neighbours,
    in_colours,
    neighbours,
    preview_mail,
)
from winback.mailings.views.access import get_mailing

GENERAL = "general"
MODES = {
    "desktop": (_("Desktop"), "device-desktop"),
    "phone": (_("Phone"), "device-mobile"),
    "text": (_("Plain text"), "align-left"),
    "dark": (_("Dark"), "moon"),
    "no-images": (_("Images off"), "photo-off"),
}
MODE_ICONS = {"device-desktop", "device-mobile", "align-left", "moon", "photo-off"}
# The mail may show pictures and its own styles; it runs nothing and goes nowhere.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_preview(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    person = _person(request, mailing)
    language = _language(request)
    preview = preview_mail(mailing, person.lead, language=language)
    contents = main_version(mailing).contents.exclude(language="")
    context = {
        "mailing": mailing,
        "person": person,
        "preview": preview,
        "mode": _mode(request),
        "modes": MODES.items(),
        "language": language,
        "languages": [
            (code, language_name(code))
            for code in contents.values_list("language", flat=True)
        ],
    }
    return render(request, "mailings/mailing_preview.html", context)


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def mailing_preview_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail itself, for the sandboxed frame."""
    mailing = get_mailing(request, pk)
    mode = _mode(request)
    person = _person(request, mailing)
    preview = preview_mail(mailing, person.lead, language=_language(request))
    html = ""
    if preview.mail is not None:
        html = in_colours(preview.mail.html, dark=mode == "dark")
        if mode == "text":
            html = (
                '<!doctype html><meta charset="utf-8"><body style="margin:16px">'
                '<pre dir="auto" style="white-space:pre-wrap;font:15px/1.6 monospace">'
                f"{escape(preview.mail.text)}</pre>"
            )
    response = HttpResponse(html)
    images = "'none'" if mode == "no-images" else "https: http: data:"
    response["Content-Security-Policy"] = FRAME_POLICY.format(images=images)
    return response


def _person(request: HttpRequest, mailing: Mailing) -> Neighbours:
    text = request.GET.get("lead", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 18
    lead_id = int(text) if is_number else None
    return neighbours(mailing, lead_id, now=timezone.now())


def _mode(request: HttpRequest) -> str:
    mode = request.GET.get("mode", "desktop")
    return mode if mode in MODES else "desktop"


def _language(request: HttpRequest) -> str | None:
    """The content to show; None for the one that the person gets."""
    language = request.GET.get("language", "")
    if language == GENERAL:
        return FOR_EVERYBODY_ELSE
    return normalized_language(language) or None
