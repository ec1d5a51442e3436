"""Pages of the picture library: the editor's dialog, and the list with its broom."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.library import (
    found_pictures,
    note_use,
    remove_pictures,
    with_places,
)
from winback.content.models import Picture
from winback.content.picture_uses import picture_places
from winback.content.pictures import picture_url
from winback.core.formats import number_text

PICTURES_PER_PAGE = 24


@require_GET
@right_required(Right.USE_MAILINGS)
def picture_choices(request: HttpRequest) -> HttpResponse:
    """One page of the library, to choose a picture from in the editor."""
    search = _search(request)
    pages = Paginator(found_pictures(search), PICTURES_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    choices = [(picture, picture_url(picture)) for picture in page]
    context = {"choices": choices, "page": page, "search": search}
    return render(request, "content/_picture_choices.html", context)


@require_GET
@right_required(Right.USE_MAILINGS)
def picture_list(request: HttpRequest) -> HttpResponse:
    """All pictures with where each stands; what is unused can be removed."""
    search, only_unused = _search(request), request.GET.get("show") == "unused"
    found = found_pictures(search)
    places = picture_places()
    if only_unused:
        found = [picture for picture in found if picture.name not in places]
    pages = Paginator(found, PICTURES_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    by, now = signed_in(request), timezone.now()
    context = {
        "pictures": with_places(list(page), places, by=by, now=now),
        "page": page,
        "shown": _shown(page.start_index(), page.end_index(), pages.count),
        "search": search,
        "only_unused": only_unused,
    }
    return render(request, "content/picture_list.html", context)


def _shown(first: int, last: int, count: int) -> str:
    return ngettext(
        "%(first)s to %(last)s of %(n)s picture",
        "%(first)s to %(last)s of %(n)s pictures",
        count,
    ) % {
        "first": number_text(first),
        "last": number_text(last),
        "n": number_text(count),
    }


def _search(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]


@require_POST
@right_required(Right.USE_MAILINGS)
def picture_used(request: HttpRequest, name: str) -> HttpResponse:
    """The editor tells that a picture was chosen, or how it was described."""
    picture = get_object_or_404(Picture, name=name)
    note_use(picture, alt=request.POST.get("alt"), now=timezone.now())
    return HttpResponse(status=204)


@require_POST
@right_required(Right.USE_MAILINGS)
def picture_remove(request: HttpRequest) -> HttpResponse:
    """Remove the ticked pictures, but none that something shows."""
    names = request.POST.getlist("name")[: 10 * PICTURES_PER_PAGE]
    gone, kept = remove_pictures(names, by=signed_in(request), now=timezone.now())
    if gone:
        text = ngettext("%(n)s picture removed.", "%(n)s pictures removed.", gone)
        messages.success(request, text % {"n": number_text(gone)})
    if kept:
        text = ngettext(
            "%(n)s picture is in use by now and stays.",
            "%(n)s pictures are in use by now and stay.",
            kept,
        )
        messages.warning(request, text % {"n": number_text(kept)})
    if not gone and not kept:
        messages.info(request, _("Tick the pictures that are to go first."))
    return redirect("content:picture-list")
