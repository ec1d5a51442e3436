"""What page templates need to show contents."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from winback.content.fields import MERGE_FIELDS
from winback.content.liquid.lines import Hole, Words, line_parts

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
