"""What people choose when they import leads."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from winback.crm.imports.labels import TARGETS
from winback.crm.models import Lead

_OTHERS: dict[str, str | Promise] = {
    "first_name": _("first name"),
    "last_name": _("last name"),
    "last_stage": _("stage before closing"),
    "outcome": _("status in another product's words"),
    "closed_at": _("closed on"),
}


def _label(target: str) -> str | Promise:
    if target in _OTHERS:
        return _OTHERS[target]
    return Lead._meta.get_field(target).verbose_name  # type: ignore[union-attr]


TARGET_CHOICES = [("", _("Do not import")), *((name, _label(name)) for name in TARGETS)]


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX, XLS or ODS, at most 190 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.ods"}),
    )


class ColumnsForm(forms.Form):
    """One choice for each column of the file; their names are ``column-N``."""

    def __init__(
        self, *args: Any, headers: list[str], chosen: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headers = headers
        for number, header in enumerate(headers):
            self.fields[f"column-{number}"] = forms.ChoiceField(
                label=header or _("(no name)"),
                choices=TARGET_CHOICES,
                required=False,
                initial=chosen.get(header, ""),
            )

    def columns(self) -> dict[str, str]:
        return {
            header: self.cleaned_data[f"column-{number}"]
            for number, header in enumerate(self.headers)
            if header and self.cleaned_data[f"column-{number}"]
        }
