"""Forms of the lead, of losing it, and of the pipeline's settings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.accounts.forms import time_zone_choices
from winback.accounts.models import Team, User
from winback.core.choices import Language
from winback.core.formats import reader_locale
from winback.core.forms import CurrencyField, DayField
from winback.crm.models import Lead, LostReason, Product, Stage, Tag, Task

MAIN_FIELDS = ["title", "contact_name", "company", "email", "phone"]
SALE_FIELDS = [
    "stage",
    "owner",
    "team",
    "tags",
    "product",
    "expected_revenue",
    "currency",
    "probability",
]
PLACE_FIELDS = ["language", "country", "city", "time_zone"]
SOURCE_FIELDS = ["utm_source", "utm_medium", "utm_campaign", "external_id"]
TRANSLATIONS = [code for code in Language.values if code != Language.ENGLISH.value]


def country_choices() -> list[tuple[str, Any]]:
    """Countries in the reader's language, in its order."""
    territories = reader_locale().territories
    named = [(code, name) for code, name in territories.items() if code.isalpha()]
    known = [(code, name) for code, name in named if len(code) == 2 and code != "ZZ"]
    return [("", _("Not known")), *sorted(known, key=lambda pair: pair[1])]


def language_choices() -> list[tuple[str, Any]]:
    languages = reader_locale().languages
    known = [(code, name) for code, name in languages.items() if len(code) == 2]
    return [("", _("Not known")), *sorted(known, key=lambda pair: pair[1])]


class LeadForm(forms.ModelForm):  # type: ignore[type-arg]
    """Reads and checks a lead's fields; ``crm.services`` writes them."""

    country = forms.ChoiceField(
        label=_("Country"), choices=country_choices, required=False
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=language_choices, required=False
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=time_zone_choices, required=False
    )

    currency = CurrencyField(required=False)

    class Meta:
        model = Lead
        fields = [
            *MAIN_FIELDS,
            *SALE_FIELDS,
            *PLACE_FIELDS,
            *SOURCE_FIELDS,
            "notes",
        ]
        widgets = {
            "title": forms.TextInput(attrs={"dir": "auto"}),
            "contact_name": forms.TextInput(attrs={"dir": "auto"}),
            "company": forms.TextInput(attrs={"dir": "auto"}),
            "city": forms.TextInput(attrs={"dir": "auto"}),
            "notes": forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
            "email": forms.TextInput(attrs={"dir": "ltr", "inputmode": "email"}),
            "phone": forms.TextInput(attrs={"dir": "ltr", "inputmode": "tel"}),
            "tags": forms.SelectMultiple(attrs={"size": 4}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lead = self.instance
        self.fields["stage"].queryset = _in_use(Stage, lead.stage_id)  # type: ignore[attr-defined]
        self.fields["stage"].required = lead.pk is not None
        self._name_empty_choices()
        self.fields["owner"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            Q(is_active=True) | Q(pk=lead.owner_id)
        ).order_by("first_name", "email")
        self.fields["probability"].required = False
        if lead.pk is None:  # empty: as the stage has it
            self.initial["probability"] = None
        elif lead.probability == int(lead.probability):
            self.initial["probability"] = int(lead.probability)
        if lead.pk and lead.status != "open":
            self.fields["probability"].disabled = True
        for name in ("country", "language", "time_zone"):
            self._keep_unknown(name)

    def _name_empty_choices(self) -> None:
        """Words instead of dashes; a new lead begins in the stage that it shows."""
        for name, choice in self.fields.items():
            if type(choice) is forms.ModelChoiceField:
                choice.empty_label = _("Nobody") if name == "owner" else _("None")
        if self.instance.pk is None:
            stage = self.fields["stage"]
            stage.empty_label = None  # type: ignore[attr-defined]
            stages = stage.queryset.filter(is_won=False)  # type: ignore[attr-defined]
            self.initial.setdefault("stage", stages.first())

    def _keep_unknown(self, name: str) -> None:
        """A value from an import stays choosable though no list knows it."""
        value = getattr(self.instance, name)
        choice = self.fields[name]
        if isinstance(choice, forms.ChoiceField) and value:
            known = list(choice.choices)  # type: ignore[arg-type]
            if value not in dict(known):
                choice.choices = [*known, (value, value)]

    def clean_external_id(self) -> str:
        external_id = str(self.cleaned_data["external_id"]).strip()
        others = Lead.objects.exclude(pk=self.instance.pk)
        if external_id and others.filter(external_id=external_id).exists():
            raise forms.ValidationError(_("Another lead has this external id."))
        return external_id

    def changes(self) -> dict[str, Any]:
        """The changed fields, as ``services.update_lead`` takes them."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if changed.get("probability", 0) is None:
            del changed["probability"]
        return changed


def _in_use(model: type[Stage] | type[LostReason], kept: int | None) -> Any:
    return model.objects.filter(Q(archived_at=None) | Q(pk=kept))


class LostForm(forms.Form):
    """Why a lead is lost: both recommended, neither asked for."""

    reason = forms.ModelChoiceField(
        label=_("Lost reason"),
        queryset=LostReason.objects.filter(archived_at=None),
        required=False,
        empty_label=_("No reason"),
    )
    note = forms.CharField(
        label=_("Closing note"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.filter(is_active=True).order_by("first_name", "email"),
        required=False,
        empty_label=_("Nobody"),
    )


class LeadDaysForm(forms.Form):
    """The spans of days of the list's filter; see ``lead_list.DAYS``."""

    created_from = DayField(label=_("Created from"), required=False)
    created_until = DayField(label=_("Created until"), required=False)
    lost_from = DayField(label=_("Lost from"), required=False)
    lost_until = DayField(label=_("Lost until"), required=False)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )


class TaskForm(forms.ModelForm):  # type: ignore[type-arg]
    due_on = DayField(label=_("Until"), required=False)

    class Meta:
        model = Task
        fields = ["title"]
        labels = {"title": _("Task")}


class TranslatedNameForm(forms.ModelForm):  # type: ignore[type-arg]
    """A name with its translations, kept together in one column."""

    name_uk = forms.CharField(label=_("Name in Ukrainian"), required=False)
    name_fa = forms.CharField(label=_("Name in Persian"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in TRANSLATIONS:
            given = self.instance.name_translations.get(code, "")
            self.fields[f"name_{code}"].initial = given
            self.fields[f"name_{code}"].widget.attrs["lang"] = code
        self.fields["name_fa"].widget.attrs["dir"] = "rtl"

    def save(self, commit: bool = True) -> Any:
        given = {
            code: self.cleaned_data[f"name_{code}"].strip() for code in TRANSLATIONS
        }
        others = {
            code: name
            for code, name in self.instance.name_translations.items()
            if code not in given
        }
        kept = {code: name for code, name in given.items() if name}
        self.instance.name_translations = others | kept
        return super().save(commit=commit)


class StageForm(TranslatedNameForm):
    class Meta:
        model = Stage
        fields = ["name", "probability", "is_won"]
        help_texts = {
            "probability": _("What leads get when they enter this stage, in percent."),
            "is_won": _("Leads that enter it are won."),
        }

    def clean_probability(self) -> Any:
        probability = self.cleaned_data["probability"]
        if not 0 <= probability <= 100:
            raise forms.ValidationError(_("Give a number from 0 to 100."))
        return probability


class LostReasonForm(TranslatedNameForm):
    class Meta:
        model = LostReason
        fields = ["name"]


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Team
        fields = ["name"]


class TagForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Tag
        fields = ["name"]


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    currency = CurrencyField(required=False)

    class Meta:
        model = Product
        fields = ["name", "code", "price", "currency", "stock"]
        widgets = {
            "name": forms.TextInput(attrs={"dir": "auto"}),
            "price": forms.NumberInput(attrs={"min": 0, "step": "0.01"}),
        }

    def clean_price(self) -> Any:
        price = self.cleaned_data["price"]
        if price is not None and price < 0:
            raise forms.ValidationError(_("A price is not below zero."))
        return price
