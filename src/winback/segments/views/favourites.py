"""Favourite filters: saved from the builder, loaded into it, kept in order."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.models import User
from winback.segments import services
from winback.segments.models import FavouriteFilter
from winback.segments.queries import default_filter, visible_favourites
from winback.segments.rules import RuleTreeError, load_json
from winback.segments.words import problem_message, stored_trees_in_words


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _own(request: HttpRequest, pk: int) -> FavouriteFilter:
    return get_object_or_404(FavouriteFilter, pk=pk, owner=_user(request))


def _visible(request: HttpRequest, pk: int) -> FavouriteFilter:
    return get_object_or_404(visible_favourites(_user(request)), pk=pk)


@require_GET
@login_required
def filter_list(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    rows = list(visible_favourites(user).select_related("owner"))
    words = stored_trees_in_words([row.tree for row in rows])
    chosen = default_filter(user)
    context = {
        "rows": list(zip(rows, words, strict=True)),
        "default_id": chosen.pk if chosen else None,
    }
    return render(request, "segments/filter_list.html", context)


@require_POST
@login_required
def filter_save(request: HttpRequest) -> HttpResponse:
    """From the builder's dialog: JSON in, JSON out."""
    try:
        body = load_json(request.body)
        given = body if isinstance(body, dict) else {}
        favourite = services.save_favourite(
            str(given.get("name", "")),
            tree=given.get("rules"),
            owner=_user(request),
            is_shared=given.get("is_shared") is True,
            now=timezone.now(),
        )
    except services.FavouriteNameError:
        error = _("Give the filter a name of at most 200 characters.")
        return JsonResponse({"error": error}, status=422)
    except RuleTreeError as fault:
        error = problem_message(fault.problems[0])
        return JsonResponse({"error": error}, status=422)
    return JsonResponse({"id": favourite.pk, "name": favourite.name})


@require_POST
@login_required
def filter_load(request: HttpRequest, pk: int) -> HttpResponse:
    """A copy of the tree for the builder."""
    favourite = _visible(request, pk)
    try:
        tree = services.load_favourite(favourite, by=_user(request), now=timezone.now())
    except RuleTreeError as fault:
        error = problem_message(fault.problems[0])
        return JsonResponse({"error": error}, status=422)
    return JsonResponse({"tree": tree})


@require_POST
@login_required
def filter_default(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin with this filter from now on; again, and with no filter."""
    favourite = _visible(request, pk)
    user = _user(request)
    if default_filter(user) == favourite:
        services.set_default_filter(user, favourite=None)
        messages.success(request, _("New mailings begin without rules again."))
    else:
        services.set_default_filter(user, favourite=favourite)
        messages.success(request, _("New mailings begin with this filter."))
    return redirect("segments:filter-list")


@require_POST
@login_required
def filter_share(request: HttpRequest, pk: int) -> HttpResponse:
    favourite = _own(request, pk)
    services.share_favourite(
        favourite, is_shared=not favourite.is_shared, by=_user(request)
    )
    if favourite.is_shared:
        messages.success(request, _("Everybody can load this filter now."))
    else:
        messages.success(request, _("Only you can load this filter now."))
    return redirect("segments:filter-list")


@require_POST
@login_required
def filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_favourite(_own(request, pk), by=_user(request))
    messages.success(request, _("The filter is deleted."))
    return redirect("segments:filter-list")
