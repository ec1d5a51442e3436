"""What each link brought, as a table, as a map over the mail and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from winback.accounts.access import right_required
from winback.accounts.rules import Right
from winback.content.frames import frame_policy
from winback.content.languages import addressed_to
from winback.crm.cells import neutralized
from winback.mailings.models import VersionContent
from winback.mailings.views.access import get_mailing
from winback.results.clickmap import clicked_mail
from winback.results.queries.links import (
    LinkFigures,
    contents_with_links,
    link_figures,
)

COLUMNS = (
    *("version", "language", "position", "url", "label", "clicks", "people"),
    *("programs", "unclear", "share", "first_at", "last_at"),
)


@require_GET
@right_required(Right.USE_MAILINGS)
def links(request: HttpRequest, pk: int) -> HttpResponse:
    """Every link of a mailing with its figures, and the map of one content."""
    mailing = get_mailing(request, pk)
    figures = link_figures(mailing)
    contents = contents_with_links(figures)
    names = content_names(contents)
    context = {
        "mailing": mailing,
        "content": _chosen(request, contents),
        "contents": [(one, names[one.pk]) for one in contents],
        "rows": [(one, names[one.link.content_id]) for one in figures],
        "total": sum(one.total for one in figures),
    }
    return render(request, "results/links.html", context)


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def click_map(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail itself with a figure on each link, for the sandboxed frame."""
    mailing = get_mailing(request, pk)
    figures = link_figures(mailing)
    content = _chosen(request, contents_with_links(figures))
    response = HttpResponse(clicked_mail(mailing, content, figures) if content else "")
    response["Content-Security-Policy"] = frame_policy("https: http: data:")
    return response


@require_GET
@right_required(Right.USE_MAILINGS)
def links_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The table as CSV; cells that a spreadsheet would run are made harmless."""
    mailing = get_mailing(request, pk)
    file = io.StringIO("\ufeff")
    file.seek(1)
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one in link_figures(mailing):
        writer.writerow([neutralized(cell) for cell in _cells(one)])
    response = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="mailing-{mailing.pk}-links.csv"'
    )
    return response


def content_names(contents: Collection[VersionContent]) -> dict[int, str]:
    """Who gets each content, by its id: a language, and which of several versions."""
    several = len({content.version_id for content in contents}) > 1
    return {
        content.pk: " · ".join(
            [content.version.label] * several + [addressed_to(content.language)]
        )
        for content in contents
    }


def _chosen(
    request: HttpRequest, contents: list[VersionContent]
) -> VersionContent | None:
    """The content asked for if it is of this mailing, else the first."""
    wanted = request.GET.get("content", "")
    by_key = {str(content.pk): content for content in contents}
    return by_key.get(wanted) or next(iter(contents), None)


def _cells(one: LinkFigures) -> list[str]:
    link = one.link
    return [
        link.content.version.label,
        link.content.language,
        str(link.position + 1),
        link.url,
        link.label,
        *map(str, (one.total, one.people, one.machines, one.unknown)),
        "" if one.share is None else f"{one.share:.4f}",
        *("" if at is None else at.isoformat() for at in (one.first_at, one.last_at)),
    ]
