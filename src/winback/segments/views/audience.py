"""The audience: the page where it is explored, and the people in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.crm.exporting import csv_lines
from winback.crm.models import Lead
from winback.segments.links import unpack_tree
from winback.segments.queries import (
    as_tree,
    counted,
    default_filter,
    page_of,
    read_cursor,
    visible_favourites,
)
from winback.segments.recipes import recipe_tree
from winback.segments.resolving import resolve_names
from winback.segments.rules import RuleTreeError
from winback.segments.services import load_favourite, resolve_tree
from winback.segments.views.builder import (
    Terms,
    builder_context,
    read_terms,
    reason_label,
)
from winback.segments.waterfall import REASONS, WILL_BE_MAILED, people
from winback.segments.words import problem_message, tree_in_words

ROWS_PER_PAGE = 50


@require_GET
@login_required
def audience_page(request: HttpRequest) -> HttpResponse:
    """Explore: who matches, who of them would be mailed, and why others would not."""
    user = _user(request)
    context = {
        "builder": builder_context(user, _asked_tree(request, user)),
        "may_write": user.may(Right.USE_MAILINGS),
    }
    return render(request, "segments/audience.html", context)


def _asked_tree(request: HttpRequest, user: User) -> Mapping[str, Any]:
    """The tree the address asks for: packed, a recipe, a favourite, the default."""
    asked = request.GET
    try:
        if "r" in asked:
            raw = unpack_tree(asked["r"])
            return raw if isinstance(raw, dict) else {}
        if "recipe" in asked:
            return _recipe(asked["recipe"])
        if "filter" in asked:
            favourite = get_object_or_404(
                visible_favourites(user), pk=_number(asked["filter"])
            )
            return load_favourite(favourite, by=user, now=timezone.now())
        chosen = default_filter(user)
        return resolve_tree(chosen.tree, user=user) if chosen else {}
    except RuleTreeError as error:
        for problem in error.problems[:3]:
            messages.error(request, problem_message(problem))
        return {}


def _recipe(key: str) -> Mapping[str, Any]:
    try:
        return recipe_tree(key)
    except KeyError:
        raise Http404 from None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


@require_GET
@login_required
def audience_people(request: HttpRequest) -> HttpResponse:
    """The people behind one figure, newest lead first, page by page."""
    user = _user(request)
    terms = read_terms(request.GET)
    who = request.GET.get("who", "")
    try:
        tree = as_tree(_mapping(unpack_tree(request.GET.get("r", ""))))
        found = _people(tree, who, user=user, terms=terms)
        in_words = tree_in_words(resolve_names(tree))
    except RuleTreeError as error:
        problems = [problem_message(problem) for problem in error.problems[:5]]
        context: dict[str, Any] = {"problems": problems}
        return render(request, "segments/people.html", context, status=422)
    after = request.GET.get("after", "")
    if after and read_cursor(after) is None:
        raise Http404
    found, total = counted(found)
    page = page_of(found, size=ROWS_PER_PAGE, after=after)
    context = {
        "rows": page.rows,
        "total": total,
        "heading": _heading(who, terms),
        "in_words": in_words,
        "after": page.next_cursor,
        "is_first": not after,
        "packed": request.GET["r"],
        "may_export": user.may(Right.EXPORT_LEADS),
    }
    return render(request, "segments/people.html", context)


@require_GET
@login_required
def audience_export(request: HttpRequest) -> HttpResponseBase:
    """The people behind one figure as a CSV file, streamed."""
    user = _user(request)
    if not user.may(Right.EXPORT_LEADS):
        raise Http404
    try:
        tree = as_tree(_mapping(unpack_tree(request.GET.get("r", ""))))
        who = request.GET.get("who", "")
        found = _people(tree, who, user=user, terms=read_terms(request.GET))
    except RuleTreeError:
        raise Http404 from None
    lines = csv_lines(found.order_by("-created_at", "-pk"))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audience.csv"'},
    )


def _mapping(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise Http404
    return raw


def _people(tree: Any, who: str, *, user: User, terms: Terms) -> QuerySet[Lead]:
    reasons = {"": None, "mailed": WILL_BE_MAILED, **{one: one for one in REASONS}}
    if who not in reasons:
        raise Http404
    reach = terms.reach(tree, user=user, now=timezone.now())
    return people(reach, reason=reasons[who])


def _heading(who: str, terms: Terms) -> str:
    if who == "":
        return _("Everybody who matches")
    reason = WILL_BE_MAILED if who == "mailed" else who
    label = reason_label(reason, cap_days=terms.frequency_cap_days)
    return label[:1].upper() + label[1:]


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
