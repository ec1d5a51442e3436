"""Preview as a real person of the audience."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required
from winback.accounts.rules import Right
from winback.content.frames import frame_policy, in_colours
from winback.content.languages import language_name, normalized_language
from winback.mailings.contents import FOR_EVERYBODY_ELSE, main_version
from winback.mailings.models import Mailing
from winback.mailings.people import Neighbours, find_people, hard_cases, neighbours
from winback.mailings.preview import (
    Preview,
    preview_mail,
    turned_round,
    without_pictures,
)
from winback.mailings.views.access import get_mailing
from winback.segments.rules import RuleTreeError

GENERAL = "general"
WIDTHS = {
    "desktop": (_("Desktop"), "device-desktop"),
    "phone": (_("Phone"), "device-mobile"),
}
MODES = {
    "light": (_("Light"), "sun"),
    "dark": (_("Dark"), "moon"),
    "forced-dark": (_("Darkened by force"), "contrast"),
    "no-images": (_("Images off"), "photo-off"),
    "text": (_("Plain text"), "align-left"),
    "source": (_("Source"), "code"),
}
MODE_ICONS = {
    "align-left",
    "code",
    "contrast",
    "device-desktop",
    "device-mobile",
    "moon",
    "photo-off",
    "sun",
}
EVERY_IMAGE = "https: http: data:"


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_preview(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    person = asked_person(request, mailing)
    language = asked_language(request)
    preview = preview_mail(mailing, person.lead, language=language)
    context = {
        "mailing": mailing,
        "person": person,
        "preview": preview,
        "mode": _mode(request),
        "modes": MODES.items(),
        "width": _width(request),
        "widths": WIDTHS.items(),
        "frame_url": _frame_url(request, pk),
        "language": request.GET.get("language", ""),
        "languages": _languages(mailing),
        "loads_pictures": _loads_pictures(request),
        "cut_pictures": 0 if _loads_pictures(request) else preview.foreign_pictures,
    }
    return render(request, "mailings/mailing_preview.html", context)


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def mailing_preview_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail itself, for the sandboxed frame."""
    mailing = get_mailing(request, pk)
    person = asked_person(request, mailing)
    preview = preview_mail(mailing, person.lead, language=asked_language(request))
    response = HttpResponse(_shown(request, preview))
    policy = frame_policy(_allowed_images(request))
    response["Content-Security-Policy"] = policy
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
@right_required(Right.USE_MAILINGS)
def preview_people(request: HttpRequest, pk: int) -> HttpResponse:
    """Who of the audience is called like ``q``, as links to their previews."""
    mailing = get_mailing(request, pk)
    text = request.GET.get("q", "")[:200]
    try:
        found = find_people(mailing, text, now=timezone.now())
    except RuleTreeError:
        found = []
    context = {"mailing": mailing, "found": found, "text": text.strip()}
    return render(request, "mailings/_preview_people.html", context)


@require_GET
@right_required(Right.USE_MAILINGS)
def preview_cases(request: HttpRequest, pk: int) -> HttpResponse:
    """The hardest people of the audience, as links to their previews."""
    mailing = get_mailing(request, pk)
    used = preview_mail(mailing, None, language=asked_language(request)).used_fields
    try:
        cases = hard_cases(mailing, used, now=timezone.now())
    except RuleTreeError:
        cases = []
    context = {"mailing": mailing, "cases": cases}
    return render(request, "mailings/_preview_cases.html", context)


def _shown(request: HttpRequest, preview: Preview) -> str:
    mode = _mode(request)
    if preview.mail is None:
        return ""
    if mode == "text":
        return as_page(preview.mail.text)
    html = preview.mail.html
    if mode == "no-images" or not _loads_pictures(request):
        html = without_pictures(html, ours_too=mode == "no-images")
    if mode == "forced-dark":
        return turned_round(html)
    return in_colours(html, dark=mode == "dark")


def as_page(text: str, *, is_source: bool = False) -> str:
    """Plain text as a page for the frame; a source is read from left to right."""
    look = (
        ' dir="ltr" style="font:13px/1.5 monospace'
        if is_source
        else (' dir="auto" style="font:15px/1.6 monospace')
    )
    return (
        '<!doctype html><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<body style="margin:16px;background:#fff;color:#1f2933">'
        f'<pre{look};white-space:pre-wrap;overflow-wrap:anywhere">{escape(text)}</pre>'
    )


def _allowed_images(request: HttpRequest) -> str:
    """Our own pictures always; those of other servers when somebody says so.

    What is not allowed was taken out before: this holds what was overlooked.
    """
    if _mode(request) == "no-images":
        return "data:"
    if _loads_pictures(request):
        return EVERY_IMAGE
    here = f"{request.scheme}://{request.get_host()}"
    return f"{here} {settings.CONFIG.public_url} data:"


def _frame_url(request: HttpRequest, pk: int) -> str:
    """Where the frame's content lies; the raw mail is written by a room above."""
    name = "mailings:mailing-frame"
    if _mode(request) == "source":
        name = "delivery:preview-source"
    try:
        path = reverse(name, args=[pk])
    except NoReverseMatch:
        path = reverse("mailings:mailing-frame", args=[pk])
    return f"{path}?{request.GET.urlencode()}"


def _languages(mailing: Mailing) -> list[tuple[str, str]]:
    contents = main_version(mailing).contents.order_by("language")
    codes = contents.exclude(language="").values_list("language", flat=True)
    found = [(code, language_name(code)) for code in codes]
    return [*found, (GENERAL, str(_("Everybody else")))] if found else []


def asked_person(request: HttpRequest, mailing: Mailing) -> Neighbours:
    text = request.GET.get("lead", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 18
    lead_id = int(text) if is_number else None
    return neighbours(mailing, lead_id, now=timezone.now())


def _mode(request: HttpRequest) -> str:
    mode = request.GET.get("mode", "light")
    return mode if mode in MODES else "light"


def _width(request: HttpRequest) -> str:
    width = request.GET.get("width", "desktop")
    return width if width in WIDTHS else "desktop"


def _loads_pictures(request: HttpRequest) -> bool:
    return request.GET.get("pictures") == "load"


def asked_language(request: HttpRequest) -> str | None:
    """The content to show; None for the one that the person gets."""
    language = request.GET.get("language", "")
    if language == GENERAL:
        return FOR_EVERYBODY_ELSE
    return normalized_language(language) or None
