"""Form fields that several rooms share."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import gettext_lazy as _


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
