"""Words of this room's pages."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from winback.content.languages import addressed_to
from winback.content.templatetags.content import merge_line
from winback.mailings.models import LeftOutReason, Mailing
from winback.mailings.rules import plain_name, seconds_between_figures

register = template.Library()


@register.filter
def reason_label(reason: str) -> str:
    return str(LeftOutReason(reason).label)


@register.filter
def language_label(code: str) -> str:
    """A content's language; the general one is for everybody else."""
    return addressed_to(code)


@register.filter
def seconds_until_asked_again(rows: int, at_least: int) -> str:
    """For ``hx-trigger="every …s"`` of figures that count ``rows`` rows."""
    return str(seconds_between_figures(rows, at_least=at_least))


@register.filter
def at_key(mapping: Mapping[str, object], key: str) -> object:
    return mapping.get(key, "")


@register.filter
def mailing_title(mailing: Mailing) -> str | SafeString:
    """How a mailing is called, its subject's merge fields as chips.

    Needs a mailing of ``mailings_of``; any other is called by its plain name.
    """
    subject = getattr(mailing, "subject_line", None) or ""
    is_called_by_it = mailing.name and mailing.name == plain_name(subject)
    return merge_line(subject) if is_called_by_it else str(mailing)


@register.simple_tag(takes_context=True)
def kept_parameters(context: RequestContext, *names: str) -> SafeString:
    """The page's parameters of these names as hidden fields, for a form that asks."""
    given = context["request"].GET
    return format_html_join(
        "",
        '<input type="hidden" name="{}" value="{}">',
        ((name, given[name]) for name in names if given.get(name)),
    )
