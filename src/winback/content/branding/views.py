"""The brand kit's page in the settings, its live preview, and the public logo."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods

from winback.accounts.access import right_required, signed_in
from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.content.branding.forms import BrandForm, CompanyForm, initial_of
from winback.content.branding.rules import Brand, Pairing, pairings
from winback.content.branding.services import brand_of, current_kit, save_kit
from winback.content.gallery import cards, content_in, picture, shown_html
from winback.content.models import BrandLogo, Template
from winback.content.services import written
from winback.content.views import framed
from winback.core.audit import record
from winback.core.choices import Language
from winback.core.models import Installation

FOR_EVER = "public, max-age=31536000, immutable"
SHOWN_FIRST = "welcome_back"
_WORDS: dict[str, tuple[Promise, Promise | str]] = {
    "text": (
        gettext_lazy("Text on white"),
        gettext_lazy("Many people cannot read this text. Choose a darker colour."),
    ),
    "button": (gettext_lazy("Words on a button"), ""),
    "shape": (
        gettext_lazy("Button on white"),
        gettext_lazy("The button is hard to see. Choose a darker main colour."),
    ),
    "accent": (
        gettext_lazy("Main colour as text"),
        gettext_lazy("Too pale to read; templates take a darker shade for words."),
    ),
    "page": (
        gettext_lazy("Text on the background"),
        gettext_lazy("Cannot be read; templates take another shade for these words."),
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A pair of colours with what is said of it."""

    pair: Pairing
    label: str
    cure: str


@require_http_methods(["GET", "POST"])
@right_required(Right.MANAGE_TEMPLATES)
def brand(request: HttpRequest) -> HttpResponse:
    kit = current_kit()
    form = BrandForm(
        request.POST or None, request.FILES or None, initial=initial_of(brand_of(kit))
    )
    company = _company_form(request)
    forms_hold = form.is_valid() and (company is None or company.is_valid())
    if request.method == "POST" and forms_hold:
        by, now = signed_in(request), timezone.now()
        save_kit(form.changes(), by=by, now=now)
        if company is not None and company.has_changed():
            company.save()
            _record_company(company, by)
        messages.success(request, _("The brand kit is saved."))
        return redirect("content:brand")
    context = {
        "form": form,
        "company": company,
        "installation": Installation.current(),
        "kit": kit,
        "told": _told(brand_of(kit)),
        "cards": cards(signed_in(request), kind="ours"),
        "languages": Language.choices,
        "language": (get_language() or "en").partition("-")[0],
        "first": SHOWN_FIRST,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "content/brand.html", context, status=status)


def _company_form(request: HttpRequest) -> CompanyForm | None:
    """Name and address belong to the installation: only who may change that can."""
    if not signed_in(request).may(Right.MANAGE_INSTALLATION):
        return None
    return CompanyForm(request.POST or None, instance=Installation.current())


def _record_company(company: CompanyForm, by: User) -> None:
    record(
        "core.change_installation",
        actor=by,
        subject="installation",
        subject_id=1,
        at=timezone.now(),
        fields=sorted(company.changed_data),
    )


@require_GET
@right_required(Right.MANAGE_TEMPLATES)
def brand_contrast(request: HttpRequest) -> HttpResponse:
    """How well the colours being chosen are read on each other."""
    context = {"told": _told(_chosen(request))}
    return render(request, "content/_contrast.html", context)


@require_GET
@xframe_options_sameorigin
@right_required(Right.MANAGE_TEMPLATES)
def brand_preview(request: HttpRequest) -> HttpResponse:
    """One of our templates in the colours being chosen, nothing saved."""
    key = request.GET.get("template", SHOWN_FIRST)
    template = Template.objects.exclude(key="").filter(key=key).first()
    if template is None:
        raise Http404
    contents = [written(content) for content in template.contents.all()]
    content = content_in(contents, request.GET.get("language", ""))
    mail = picture(content, _chosen(request)) if content else None
    look = request.GET.get("look", "")
    return framed(shown_html(mail, look=look, as_text=False) if mail else "")


def _chosen(request: HttpRequest) -> Brand:
    """The kit with whatever of the query's values can be used."""
    saved = brand_of(current_kit())
    form = BrandForm(request.GET, initial={})
    form.is_valid()
    chosen = {
        name: form.cleaned_data[name]
        for name in ("accent", "page", "text", "font")
        if form.cleaned_data.get(name)
    }
    if "links" in form.cleaned_data:
        chosen["links"] = tuple(form.cleaned_data["links"])
    if form.cleaned_data.get("removes_logo"):
        chosen["logo_url"] = ""
    return replace(saved, **chosen)


def _told(chosen: Brand) -> list[Told]:
    return [
        Told(pair, str(_WORDS[pair.key][0]), str(_WORDS[pair.key][1]))
        for pair in pairings(chosen)
    ]


@require_GET
def brand_logo(request: HttpRequest, digest: str) -> HttpResponse:
    """A logo's picture, for whoever reads a mail; its address is its content's."""
    logo = BrandLogo.objects.filter(digest=digest).first()
    if logo is None:
        raise Http404
    response = HttpResponse(bytes(logo.data), content_type=logo.media_type)
    response["Cache-Control"] = FOR_EVER
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
