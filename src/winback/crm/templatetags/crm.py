"""Small readings that the templates of leads need."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext

register = template.Library()


@register.filter
def get(values: dict[str, str], key: str) -> str:
    """The value under ``key``; empty if there is none."""
    return values.get(key, "")


@register.filter
def unlocalized(number: int) -> str:
    """A key as code writes it, without separators of thousands."""
    return str(number)


@register.filter
def initials(name: object) -> str:
    """Up to two first letters, for the round sign of a person."""
    return "".join(word[0] for word in str(name).split()[:2]).upper()


@register.simple_tag(takes_context=True)
def query_group(context: RequestContext, group: str, key: str) -> str:
    """The list's query string that shows one group's leads."""
    parameters = context["request"].GET.copy()
    for name in ("group", "after", "before"):
        parameters.pop(name, None)
    parameters[group] = key
    return f"?{parameters.urlencode()}"
