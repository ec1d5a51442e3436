"""Forms of the login, the profile and the people."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from winback.accounts.models import User
from winback.core.addresses import parse_address
from winback.core.choices import Language
from winback.core.forms import CurrencyField
from winback.core.models import Installation
from winback.core.text import is_one_line

COMMON_REGIONS = ("Africa", "America", "Asia", "Australia", "Europe", "Pacific")


def time_zone_choices() -> list[tuple[str, Any]]:
    """Zones named after places, and the installation's own as "no choice"."""
    names = sorted(
        name
        for name in zoneinfo.available_timezones()
        if name.split("/")[0] in COMMON_REGIONS
    )
    return [("", _("As set for the installation")), ("UTC", "UTC")] + [
        (name, name.replace("_", " ")) for name in names
    ]


_LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?")


class LoginForm(AuthenticationForm):
    username = forms.EmailField(
        label=_("Email address"),
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        "invalid_login": _("The address or the password is wrong."),
        "inactive": _("This account is closed."),
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_choices, required=False
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "language", "theme", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = self.fields["language"]
        if isinstance(language, forms.ChoiceField):
            language.choices = [("", _("Like the browser")), *Language.choices]


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """One person, as administrators see them."""

    password = forms.CharField(
        label=_("New password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to keep the one they have."),
    )

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name", "role", "team"]
        labels = {"team": _("Team")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].empty_label = _("No team")  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Somebody with this address already has an account.")
            )
        return email

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        if password:
            validate_password(password)
        return password

    def save(self, commit: bool = True) -> User:
        if self.cleaned_data["password"]:
            self.instance.set_password(self.cleaned_data["password"])
        person: User = super().save(commit=commit)
        return person


class NewPersonForm(PersonForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        password = self.fields["password"]
        password.required = True
        password.label = _("First password")
        password.help_text = _(
            "Give it to the person; they can change it in their profile."
        )


class OwnPasswordForm(PasswordChangeForm):
    """Below the profile on one page, so it does not ask for the cursor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].widget.attrs.pop("autofocus", None)


class InstallationForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the whole installation shares and mails begin with."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        required=False,
        help_text=_("Whole days in rules and imports are days of this zone."),
    )
    currency = CurrencyField()
    website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"dir": "ltr", "placeholder": "https://"}),
        help_text=_("Where the buttons of our templates lead, such as your shop."),
    )

    class Meta:
        model = Installation
        fields = [
            "company_name",
            "postal_address",
            "website",
            "sender_name",
            "sender_address",
            "language",
            "mail_language_without",
            "mail_language_order",
            "time_zone",
            "currency",
        ]
        widgets = {
            "mail_language_without": forms.TextInput(attrs={"dir": "ltr"}),
            "mail_language_order": forms.TextInput(attrs={"dir": "ltr"}),
            "company_name": forms.TextInput(attrs={"dir": "auto"}),
            "sender_name": forms.TextInput(attrs={"dir": "auto"}),
            "sender_address": forms.EmailInput(attrs={"dir": "ltr"}),
            "postal_address": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        }
        help_texts = {
            "mail_language_without": _(
                "A code such as uk. Empty: they get the content for everybody else."
            ),
            "mail_language_order": _(
                "Codes such as uk en, in this order, for people whose language a "
                "mailing is not written in. Then comes the content for everybody else."
            ),
            "postal_address": _("Stands at the foot of mails, as many laws ask."),
            "sender_address": _("New mailings begin with this sender."),
        }

    def clean_sender_name(self) -> str:
        return _one_line(self.cleaned_data["sender_name"])

    def clean_company_name(self) -> str:
        return _one_line(self.cleaned_data["company_name"])

    def clean_mail_language_without(self) -> str:
        return " ".join(_language_codes(self.cleaned_data["mail_language_without"], 1))

    def clean_mail_language_order(self) -> str:
        return " ".join(_language_codes(self.cleaned_data["mail_language_order"], 12))

    def clean_website(self) -> str:
        """Without a slash at its end: templates go on with one of their own."""
        return str(self.cleaned_data["website"]).rstrip("/")

    def clean_sender_address(self) -> str:
        address = str(self.cleaned_data["sender_address"]).strip()
        if address and parse_address(address).status != "ok":
            raise forms.ValidationError(_("This is not an email address."))
        return address


def _language_codes(text: str, limit: int) -> list[str]:
    """The codes in ``text``, as leads carry them. Raises ValidationError."""
    codes = text.replace(",", " ").replace("_", "-").lower().split()
    wrong = [code for code in codes if not _LANGUAGE_CODE.fullmatch(code)]
    if wrong or len(codes) > limit:
        raise forms.ValidationError(_("Use language codes such as uk or pt-br."))
    return list(dict.fromkeys(codes))


def _one_line(text: str) -> str:
    """``text``, which goes into the headers of mails. Raises ValidationError."""
    if not is_one_line(text):
        raise forms.ValidationError(_("This must be a single line of text."))
    return text
