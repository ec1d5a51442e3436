"""What page templates need to show contents."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.content.fields import MERGE_FIELDS
from winback.content.liquid.lines import Hole, Words, line_parts
from winback.content.models import Template
from winback.content.services import may_change
from winback.core.formats import number_text

register = template.Library()


@register.filter
def merge_line(source: str) -> SafeString:
    """A subject or another line with its merge fields as small labelled chips."""
    labels = {field.path: str(field.label) for field in MERGE_FIELDS}
    return format_html_join("", "{}", ((_part(p, labels),) for p in line_parts(source)))


def _part(part: Words | Hole, labels: dict[str, str]) -> str | SafeString:
    if isinstance(part, Words):
        return part.text
    hint = _("“%(words)s” for people without it") % {"words": part.fallback}
    return format_html(
        '<span class="merge-chip" title="{}"><bdi>{}</bdi></span>',
        hint if part.fallback else "{{ " + part.path + " }}",
        labels.get(part.path, part.path),
    )


@register.simple_tag(takes_context=True)
def may_save_over(context: RequestContext, template: Template | None) -> bool:
    """Whether the person may save a next version of this template."""
    user = context["request"].user
    if template is None or not isinstance(user, User):
        return False
    return may_change(user, template)


@register.filter
def ratio(value: float) -> str:
    """A contrast, such as 4.5 : 1, in the reader's digits."""
    return f"{number_text(round(value, 1))} : {number_text(1)}"


@register.filter
def kilobytes(size: int) -> str:
    """A file's size, 1 KB at least, in the reader's digits."""
    return _("%(size)s KB") % {"size": number_text(max(1, round(size / 1024)))}
