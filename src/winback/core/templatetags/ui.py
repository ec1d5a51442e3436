"""What page templates need of the front end: files, icons, menus, formats."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from winback.core import days, formats, frontend, navigation

register = template.Library()

# Icons that point somewhere turn round where people read from right to left.
DIRECTED_ICONS = {
    "arrow-back-up",
    "arrow-forward-up",
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "logout",
    "mail-forward",
    "message-reply",
    "send",
}


@register.simple_tag
def frontend_is_built() -> bool:
    return bool(frontend.built_files())


@register.simple_tag
def vite_entry(name: str) -> SafeString:
    """Loads ``frontend/entries/<name>.js`` and the styles it imports."""
    source = f"entries/{name}.js"
    styles = format_html_join(
        "",
        '<link rel="stylesheet" href="{}">',
        ((u,) for u in frontend.style_urls(source)),
    )
    url = frontend.file_url(source)
    script = format_html('<script type="module" src="{}"></script>', url) if url else ""
    return format_html("{}{}", styles, script)


@register.simple_tag
def vite_early_script(name: str) -> SafeString:
    """Runs ``frontend/entries/<name>.js`` before the first paint; no imports in it."""
    url = frontend.file_url(f"entries/{name}.js")
    return format_html('<script src="{}"></script>', url) if url else mark_safe("")


@register.simple_tag
def vite_style(direction: str) -> SafeString:
    """The style sheet for ``ltr`` or ``rtl``."""
    url = frontend.file_url(f"entries/{direction}.css")
    return (
        format_html('<link rel="stylesheet" href="{}">', url) if url else mark_safe("")
    )


@register.simple_tag
def icon(name: str, extra_class: str = "") -> SafeString:
    """An icon beside a text that says the same; screen readers skip it."""
    directed = " icon-directed" if name in DIRECTED_ICONS else ""
    return format_html(
        '<svg class="icon{} {}" width="20" height="20"'
        ' aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        directed,
        extra_class,
        frontend.file_url("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def navigation_items(context: RequestContext, area: str = "main") -> list[Any]:
    request = context.get("request")
    if request is None or not getattr(request, "user", None):
        return []
    if not request.user.is_authenticated:
        return []
    return navigation.shown_items(
        area, user=request.user, path=request.path, demo=settings.CONFIG.demo
    )


@register.inclusion_tag("core/components/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """Label, control, help and errors of one form field, tied for screen readers."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    classes = {"checkbox": "form-check-input", "select": "form-select"}
    css = classes.get(kind, "form-control")
    invalid = " is-invalid" if bound.errors else ""
    own = widget.attrs.get("class", "")
    attrs: dict[str, str | bool] = {"class": f"{css} {own}".strip() + invalid}
    described = [
        *([f"{bound.auto_id}_help"] if bound.help_text else []),
        *([f"{bound.auto_id}_errors"] if bound.errors else []),
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return {
        "field": bound,
        "control": bound.as_widget(attrs=attrs),
        "is_checkbox": kind == "checkbox",
        "is_hidden": bound.is_hidden,
        **options,
    }


@register.simple_tag
def day_words() -> dict[str, str]:
    """What fields for days say of a text that they cannot read."""
    return {"day": days.day_problem(), "clock": days.clock_problem()}


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The page's query string with ``changes``; None or "" takes a key out."""
    parameters = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            parameters.pop(key, None)
        else:
            parameters[key] = str(value)
    return f"?{parameters.urlencode()}"


@register.filter
def number(value: formats.Number | None) -> str:
    return "" if value is None else formats.number_text(value)


@register.filter
def rate(value: float | None) -> str:
    """A rate from 0 to 1 as a percentage; a dash where there is none."""
    return "–" if value is None else formats.rate_text(float(value))


@register.filter
def percent(value: formats.Number | None) -> str:
    """A number from 0 to 100 as a percentage."""
    return "–" if value is None else formats.rate_text(float(value) / 100)


@register.filter
def money(amount: formats.Number | None, currency: str = "") -> str:
    return "" if amount is None else formats.money_text(amount, currency)


@register.filter
def day(moment: date | datetime | None) -> str:
    return "" if moment is None else formats.date_text(moment)


@register.filter
def day_number(day: date) -> str:
    return formats.day_number_text(day)


@register.filter
def month_year(day: date) -> str:
    return formats.month_text(day)


@register.filter
def clock(moment: datetime | None) -> str:
    return "" if moment is None else formats.time_text(moment)


@register.simple_tag
def when(moment: datetime | None, style: str = "date_time") -> SafeString:
    """A <time> element: ``date_time``, ``day`` or ``ago``; exact time on hover."""
    if moment is None:
        return mark_safe("")
    exact = formats.date_time_text(moment)
    text = exact
    if style == "day":
        text = formats.date_text(moment)
    elif style == "ago":
        text = formats.ago_text(moment, now=timezone.now())
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, text
    )


@register.filter
def share_of(part: formats.Number | None, whole: formats.Number | None) -> str:
    """``part`` of ``whole`` in percent with a point, for inline sizes of bars."""
    if not part or not whole:
        return "0"
    return f"{min(100.0, 100 * float(part) / float(whole)):.2f}"
