"""What the buttons of a template do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.rules import Right
from winback.content import services
from winback.content.gallery import shown_name
from winback.content.models import Template, TemplateVersion
from winback.content.services import Written

SHOWN_LINES = 400
_AROUND = 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a comparison: taken out (-), put in (+), unchanged, or a gap."""

    sign: str
    text: str


def _own(request: HttpRequest, pk: int) -> Template:
    """The template if this person may change it; it does not exist otherwise."""
    template = get_object_or_404(Template, pk=pk)
    if not services.may_change(signed_in(request), template):
        raise Http404
    return template


@require_POST
@right_required(Right.USE_MAILINGS)
def template_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(Template, pk=pk)
    copy = services.duplicate_template(
        template,
        name=shown_name(template),
        by=signed_in(request),
        now=timezone.now(),
    )
    messages.success(request, _("This is the copy."))
    return redirect("content:template", pk=copy.pk)


@require_POST
@right_required(Right.USE_MAILINGS)
def template_rename(request: HttpRequest, pk: int) -> HttpResponse:
    template = _own(request, pk)
    services.rename_template(
        template,
        request.POST.get("name", ""),
        by=signed_in(request),
        now=timezone.now(),
    )
    return redirect("content:template", pk=pk)


def _change(
    act: Callable[..., object], done: Callable[[], str]
) -> Callable[[HttpRequest, int], HttpResponse]:
    """A view that changes a template's place and goes back to it."""

    @require_POST
    @right_required(Right.USE_MAILINGS)
    def change(request: HttpRequest, pk: int) -> HttpResponse:
        act(_own(request, pk), by=signed_in(request), now=timezone.now())
        messages.success(request, done())
        return redirect("content:template", pk=pk)

    return change


template_archive = _change(
    services.archive_template,
    lambda: _("Archived. Mailings made from it stay as they are."),
)
template_unarchive = _change(
    services.unarchive_template, lambda: _("It is in the gallery again.")
)


@require_POST
@right_required(Right.USE_MAILINGS)
def template_delete(request: HttpRequest, pk: int) -> HttpResponse:
    _own(request, pk).delete()
    messages.success(request, _("The template is deleted."))
    return redirect("content:template-list")


@require_POST
@right_required(Right.USE_MAILINGS)
def version_restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    version = get_object_or_404(
        TemplateVersion, template=_own(request, pk), number=number
    )
    services.restore_version(version, by=signed_in(request), now=timezone.now())
    text = _("Version %(n)s is the newest one again.") % {"n": number}
    messages.success(request, text)
    return redirect("content:template", pk=pk)


@require_GET
@right_required(Right.USE_MAILINGS)
def version_compare(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What changed from the version before to this one, line by line."""
    template = get_object_or_404(Template, pk=pk)
    newer = get_object_or_404(TemplateVersion, template=template, number=number)
    older = template.versions.filter(number__lt=number).first()
    context = {
        "template": template,
        "name": shown_name(template),
        "newer": newer,
        "older": older,
        "changes": list(_changes(older.contents if older else [], newer.contents)),
    }
    return render(request, "content/version_compare.html", context)


def _changes(
    older: list[Written], newer: list[Written]
) -> Iterator[tuple[str, list[Line]]]:
    """Each language with what changed in it; languages without a change are not."""
    before = {content["language"]: content for content in older}
    after = {content["language"]: content for content in newer}
    for language in sorted(before.keys() | after.keys()):
        lines = list(_compared(before.get(language), after.get(language)))
        if lines:
            yield language, lines[:SHOWN_LINES]


def _compared(older: Written | None, newer: Written | None) -> Iterator[Line]:
    told = difflib.unified_diff(_lines(older), _lines(newer), lineterm="", n=_AROUND)
    for number, line in enumerate(told):
        if number < 2:  # the names of the files
            continue
        if line.startswith("@@"):
            yield Line("@", "")
        else:
            yield Line(line[0].strip(), line[1:])


def _lines(content: Written | None) -> list[str]:
    if content is None:
        return []
    return [
        content["subject"],
        content["preheader"],
        *content["body"].splitlines(),
    ]
