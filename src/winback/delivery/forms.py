"""Forms of the page "Sending limits" and of the pace."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from winback.delivery.models import GuardSettings, Lane
from winback.delivery.services import LaneLimits

MOST_MAILS = 100_000_000


class PaceForm(forms.Form):
    mails_per_hour = forms.IntegerField(
        required=False, min_value=1, max_value=10_000_000
    )


class LaneForm(forms.Form):
    """The two limits of one receiving group; empty is no limit."""

    per_hour = forms.IntegerField(
        label=_("at most an hour"), required=False, min_value=1, max_value=MOST_MAILS
    )
    per_day = forms.IntegerField(
        label=_("at most a day"), required=False, min_value=1, max_value=MOST_MAILS
    )

    def __init__(self, data: Any, *, lane: Lane) -> None:
        super().__init__(
            data,
            prefix=f"lane-{lane.pk}",
            initial={"per_hour": lane.per_hour, "per_day": lane.per_day},
        )
        self.lane = lane
        for field in self.fields.values():
            field.widget.attrs |= {
                "aria-label": f"{lane.name}: {field.label}",
                "placeholder": "–",
                "inputmode": "numeric",
                "class": "form-control limit-input",
            }

    @property
    def limits(self) -> LaneLimits:
        return LaneLimits(self.cleaned_data["per_hour"], self.cleaned_data["per_day"])


class NewLaneForm(forms.Form):
    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "placeholder": "example.com", "autocomplete": "off"}
        ),
        help_text=_(
            "From now on its mails have a queue of their own and can be limited."
        ),
    )


class GuardForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GuardSettings
        fields = ["bounce_percent", "complaint_percent"]
        help_texts = {
            "bounce_percent": _("From 1 to 20. Mail servers get wary from about 5."),
            "complaint_percent": _(
                "From 0.05 to 1. The large providers ask for less than 0.1."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in self.initial.items():
            self.initial[name] = f"{value.normalize():f}"  # 5, not 5.00
