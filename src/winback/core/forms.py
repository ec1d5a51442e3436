"""Form fields that several rooms share."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from winback.core import days


class CurrencyField(forms.CharField):
    """The three letters of a currency (ISO 4217), typed in any case."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Currency"))
        super().__init__(max_length=3, **kwargs)
        self.widget.attrs |= {"dir": "ltr", "placeholder": "EUR"}

    def clean(self, value: Any) -> str:
        code = str(super().clean(value)).strip().upper()
        if code and code not in Locale.parse("en").currencies:
            raise forms.ValidationError(
                _("Give the three letters of a currency, such as EUR.")
            )
        return code


class DayInput(forms.TextInput):
    """A day as text in the reader's calendar; scripts add a calendar to choose from."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        given = {"autocomplete": "off", "data-day": True}
        super().__init__(given | (attrs or {}))

    def get_context(
        self, name: str, value: Any, attrs: dict[str, Any] | None
    ) -> dict[str, Any]:
        hint = {"placeholder": pgettext("how a day is typed", "YYYY-MM-DD")}
        return super().get_context(name, value, hint | (attrs or {}))

    def format_value(self, value: Any) -> str | None:
        """What was typed and names a day is shown in the reader's way, too."""
        day = days.parse_day(value) if isinstance(value, str) else value
        return days.day_field_text(day) if isinstance(day, date) else value


class ClockInput(forms.TextInput):
    """A time of day as text."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        given = {"autocomplete": "off", "data-clock": True, "dir": "ltr"}
        super().__init__(given | {"placeholder": "09:00"} | (attrs or {}))

    def format_value(self, value: Any) -> str | None:
        at = days.parse_clock(value) if isinstance(value, str) else value
        return days.clock_field_text(at) if isinstance(at, time) else value


class DayField(forms.Field):
    """A day, typed in the reader's own calendar or as an ISO date."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values or isinstance(value, date):
            return value or None
        day = days.parse_day(str(value))
        if day is None and str(value).strip():
            raise forms.ValidationError(days.day_problem())
        return day


class ClockField(forms.Field):
    """A time of day."""

    widget = ClockInput

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or isinstance(value, time):
            return value or None
        at = days.parse_clock(str(value))
        if at is None and str(value).strip():
            raise forms.ValidationError(days.clock_problem())
        return at


class DayTimeInput(forms.MultiWidget):
    """A day and a time of day; takes both in one value, too (2026-01-31T09:00)."""

    template_name = "core/widgets/day_time.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        at = ClockInput({"aria-label": _("Time of day")})
        super().__init__([DayInput(), at], attrs)

    def decompress(self, value: datetime | None) -> list[Any]:
        return [value.date(), value.time()] if value else [None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        if whole := data.get(name):
            day, _t, at = str(whole).partition("T")
            return [day, at]
        return super().value_from_datadict(data, files, name)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""


class DayTimeField(forms.MultiValueField):
    """A day and a time of day on a clock of no particular zone (a naive datetime)."""

    widget = DayTimeInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([DayField(), ClockField()], **kwargs)

    def compress(self, data_list: list[Any]) -> datetime | None:
        return datetime.combine(*data_list) if data_list else None
