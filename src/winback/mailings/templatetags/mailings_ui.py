"""Words of this room's pages."""

from __future__ import annotations

from django import template

from winback.mailings.models import LeftOutReason

register = template.Library()


@register.filter
def reason_label(reason: str) -> str:
    return str(LeftOutReason(reason).label)
