"""A mailing's contents: faults, languages, and whose merge fields stay empty."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content.errors import ContentError, ContentProblem
from winback.content.fields import MERGE_FIELDS
from winback.content.languages import GENERAL, language_name, normalized_language
from winback.mailings import services
from winback.mailings.content_reach import (
    compiled_contents,
    content_reach,
    people_with_empty_field,
)
from winback.mailings.contents import main_version
from winback.mailings.models import Mailing
from winback.mailings.views.access import get_mailing
from winback.segments.rules import RuleTreeError

ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class MarkedFault:
    """A fault with the lines around it, so that it is seen at a glance."""

    problem: ContentProblem
    lines: list[tuple[int, str, bool]]  # number, text, whether it is the one


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_contents(request: HttpRequest, pk: int) -> HttpResponse:
    """Below the editor, anew after each saving."""
    mailing = get_mailing(request, pk)
    language = request.GET.get("language", GENERAL)
    compiled, faults = compiled_contents(mailing)
    context: dict[str, object] = {
        "mailing": mailing,
        "faults": _marked(mailing, language, faults.get(language)),
        "other_faults": [one for one in faults if one != language],
        "labels": {one.path: one.label for one in MERGE_FIELDS},
    }
    with suppress(RuleTreeError):  # the rules say so themselves
        context["reach"] = content_reach(mailing, compiled, now=timezone.now())
    return render(request, "mailings/_contents.html", context)


def _marked(
    mailing: Mailing, language: str, error: ContentError | None
) -> list[MarkedFault]:
    content = main_version(mailing).contents.filter(language=language).first()
    if error is None or content is None or not (content.body or content.subject):
        return []
    faults = []
    for problem in error.problems[:10]:
        source = getattr(content, problem.part).split("\n")
        near = range(
            max(0, (problem.line or 0) - 2), min(len(source), (problem.line or 0) + 1)
        )
        lines = [(n + 1, source[n][:200], n + 1 == problem.line) for n in near]
        faults.append(MarkedFault(problem, lines if problem.line else []))
    return faults


@require_GET
@right_required(Right.USE_MAILINGS)
def mailing_empty(request: HttpRequest, pk: int) -> HttpResponse:
    """The people behind one figure of the report on empty values."""
    mailing = get_mailing(request, pk)
    if "field" not in request.GET:
        return redirect("mailings:mailing", pk=pk)
    path = request.GET["field"]
    merge = next((one for one in MERGE_FIELDS if one.path == path), None)
    if merge is None:
        raise Http404
    is_bare = "fallback" not in request.GET
    try:
        people = people_with_empty_field(
            mailing, path, bare=is_bare, now=timezone.now()
        )
        page = Paginator(people, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    except RuleTreeError as error:
        raise Http404 from error
    context = {
        "mailing": mailing,
        "merge": merge,
        "is_bare": is_bare,
        "page": page,
    }
    return render(request, "mailings/mailing_empty.html", context)


@require_POST
@right_required(Right.USE_MAILINGS)
def language_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more language, which begins as another one, or text copied over."""
    mailing = get_mailing(request, pk)
    language = normalized_language(request.POST.get("language", ""))
    source = request.POST.get("source", GENERAL)
    try:
        services.copy_language(
            mailing,
            source=source,
            language=language,
            by=signed_in(request),
            now=timezone.now(),
        )
    except services.MailingError as error:
        messages.error(request, str(error))
    return _to_language(pk, language)


@require_POST
@right_required(Right.USE_MAILINGS)
def language_remove(request: HttpRequest, pk: int) -> HttpResponse:
    mailing = get_mailing(request, pk)
    language = normalized_language(request.POST.get("language", ""))
    try:
        services.remove_language(
            mailing, language=language, by=signed_in(request), now=timezone.now()
        )
    except services.MailingError as error:
        messages.error(request, str(error))
    else:
        message = _("The content in %(language)s was removed.")
        messages.success(request, message % {"language": language_name(language)})
    return _to_language(pk, GENERAL)


def _to_language(pk: int, language: str) -> HttpResponse:
    response = redirect("mailings:mailing", pk=pk)
    if language:
        response["Location"] += f"?language={language}"
    return response
