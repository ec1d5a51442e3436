"""Templates: what there is, and how each looks."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from winback.accounts.access import right_required, signed_in
from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.content.errors import ContentError
from winback.content.fields import sample_values
from winback.content.models import Template, TemplateContent
from winback.content.rendering import ContentSource, MergeContext, compile_content

# Its own styles and nothing else: a template's picture runs and fetches nothing.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox"
)


@require_GET
@right_required(Right.USE_MAILINGS)
def template_list(request: HttpRequest) -> HttpResponse:
    templates = Template.objects.select_related("owner").prefetch_related("contents")
    user = signed_in(request)
    rows = [(template, _may_delete(user, template)) for template in templates]
    return render(request, "content/template_list.html", {"rows": rows})


@require_POST
@right_required(Right.USE_MAILINGS)
def template_delete(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(Template, pk=pk)
    if not _may_delete(signed_in(request), template):
        raise Http404
    template.delete()
    return redirect("content:template-list")


def _may_delete(user: User, template: Template) -> bool:
    """Our own stay; one's own go, everybody's go for those who manage templates."""
    if template.key:
        return False
    return template.owner_id == user.pk or user.may(Right.MANAGE_TEMPLATES)


@require_GET
@xframe_options_sameorigin
@right_required(Right.USE_MAILINGS)
def template_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """A template as an invented person would get it, for a sandboxed frame."""
    template = get_object_or_404(Template, pk=pk)
    response = HttpResponse(_picture(list(template.contents.all())))
    response["Content-Security-Policy"] = FRAME_POLICY
    return response


def _picture(contents: list[TemplateContent]) -> str:
    by_language = {content.language: content for content in contents}
    wanted = (get_language() or "", "", "en")
    content = next((by_language[c] for c in wanted if c in by_language), None)
    if content is None:
        return ""
    language = content.language or "en"
    try:
        compiled = compile_content(
            ContentSource(
                subject=content.subject,
                preheader=content.preheader,
                body_kind=content.body_kind,
                body=content.body,
                language=language,
            )
        )
    except ContentError:
        return ""
    values = {**sample_values(), "language_code": language}
    return compiled.render(MergeContext(values=values)).html
