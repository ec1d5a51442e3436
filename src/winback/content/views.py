"""Templates: what there is, and how each looks."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.branding.services import current_brand
from winback.content.frames import frame_policy
from winback.content.gallery import KINDS, card_of, cards, content_in, shown_html
from winback.content.gallery import picture as mail_picture
from winback.content.models import Template, TemplateVersion
from winback.content.services import Written, written

LOOKS = ("light", "dark")


@require_GET
@right_required(Right.USE_MAILINGS)
def template_list(request: HttpRequest) -> HttpResponse:
    """The gallery: ours and the saved ones, searched and by kind."""
    return render(request, "content/template_list.html", gallery_context(request))


def gallery_context(request: HttpRequest) -> dict[str, object]:
    """What a page needs to show the gallery: see ``content/_gallery.html``."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    search = request.GET.get("q", "").strip()[:200]
    user = signed_in(request)
    return {
        "cards": cards(user, search=search, kind=kind),
        "kind": kind,
        "search": search,
        "may_manage": user.may(Right.MANAGE_TEMPLATES),
    }


@require_GET
@right_required(Right.USE_MAILINGS)
def template_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One template, large: at desktop and phone width, with its versions."""
    template = get_object_or_404(Template.objects.select_related("owner"), pk=pk)
    shown = _version(request, template)
    contents = _contents(template, shown)
    content = content_in(contents, _language(request))
    context = {
        "card": card_of(template, signed_in(request)),
        "template": template,
        "versions": template.versions.select_related("author").defer("contents")[:50],
        "shown_version": shown,
        "subject": _subject(content),
        "language": content["language"] if content else "",
        "languages": [one["language"] for one in contents],
        "look": _look(request),
        "as_text": "text" in request.GET,
    }
    return render(request, "content/template_page.html", context)


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def template_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """A template as an invented person would get it, for a sandboxed frame."""
    template = get_object_or_404(Template, pk=pk)
    contents = _contents(template, _version(request, template))
    content = content_in(contents, _language(request))
    mail = mail_picture(content, current_brand()) if content else None
    html = ""
    if mail is not None:
        html = shown_html(mail, look=_look(request), as_text="text" in request.GET)
    return framed(html)


def framed(html: str) -> HttpResponse:
    """An answer that may only be looked at."""
    response = HttpResponse(html)
    policy = frame_policy(f"data: 'self' {settings.CONFIG.public_url}")
    response["Content-Security-Policy"] = policy
    return response


def _version(request: HttpRequest, template: Template) -> TemplateVersion | None:
    """The older version that is asked for; None for the template as it is."""
    number = request.GET.get("version", "")
    if not number:
        return None
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise Http404
    return get_object_or_404(TemplateVersion, template=template, number=int(number))


def _contents(template: Template, version: TemplateVersion | None) -> list[Written]:
    if version is not None:
        contents: list[Written] = version.contents
        return contents
    return [written(content) for content in template.contents.order_by("language")]


def _language(request: HttpRequest) -> str:
    own = (get_language() or "").partition("-")[0]
    return request.GET.get("language", own)


def _look(request: HttpRequest) -> str:
    look = request.GET.get("look", "")
    return look if look in LOOKS else ""


def _subject(content: Written | None) -> str:
    mail = mail_picture(content, current_brand()) if content else None
    return mail.subject if mail else ""
