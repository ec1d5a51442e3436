"""The form of the brand kit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from winback.content.branding.colours import parse_colour
from winback.content.branding.rules import (
    FONTS,
    LOGO_HEIGHT,
    LOGO_MAX_WIDTH,
    Brand,
)
from winback.content.branding.services import KitChanges
from winback.content.pictures import (
    MAX_UPLOAD_BYTES,
    PictureRefusedError,
    PreparedPicture,
    prepare_picture,
)
from winback.core.models import Installation
from winback.core.text import is_one_line

# Three times as fine as it is shown, for the sharpest screens.
LOGO_FITS = (LOGO_MAX_WIDTH * 3, LOGO_HEIGHT * 3)
MAX_LINKS = 6
FONT_LABELS = {
    "system": _("The reader's own (modern)"),
    "arial": "Arial, Helvetica",
    "verdana": "Verdana",
    "trebuchet": "Trebuchet",
    "georgia": _("Georgia, Times (with serifs)"),
    "tahoma": _("Tahoma, Vazirmatn (good for Persian)"),
}


class ColourField(forms.CharField):
    """A colour as #rrggbb."""

    widget = forms.TextInput(attrs={"dir": "ltr", "data-colour": True, "size": 9})

    def clean(self, value: Any) -> str:
        colour = parse_colour(str(super().clean(value)))
        if colour is None:
            raise forms.ValidationError(
                _("Give a colour as # and six digits or letters A to F: #0b6e69.")
            )
        return colour


class LinksField(forms.CharField):
    """Links of the footer, one on each line: a name, a space, an address."""

    widget = forms.Textarea(attrs={"rows": 3, "dir": "ltr"})

    def clean(self, value: Any) -> list[tuple[str, str]]:
        lines = [line.split() for line in str(super().clean(value)).splitlines()]
        links = [(" ".join(words[:-1]), words[-1]) for words in lines if words]
        if len(links) > MAX_LINKS:
            raise forms.ValidationError(_("At most six links have room."))
        for name, url in links:
            self._check(name, url)
        return links

    def _check(self, name: str, url: str) -> None:
        try:
            URLValidator(schemes=["https"])(url)
        except forms.ValidationError:
            url = ""
        if not name or not url or any(mark in name + url for mark in "{}[]<>\"'"):
            raise forms.ValidationError(
                _("Write a name and an address that begins with https:// on each line.")
            )


class BrandForm(forms.Form):
    """How every mail from a template looks."""

    accent = ColourField(label=_("Main colour"), help_text=_("Buttons and headings."))
    page = ColourField(label=_("Background"), help_text=_("Around the mail's sheet."))
    text = ColourField(label=_("Text"))
    font = forms.ChoiceField(
        label=_("Font"),
        choices=[(key, FONT_LABELS[key]) for key in FONTS],
        help_text=_("Only fonts that mail programs have: none is fetched."),
    )
    links = LinksField(
        label=_("Links in the footer"),
        required=False,
        help_text=_("A name and an address on each line: LinkedIn https://…"),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        widget=forms.FileInput(
            attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}
        ),
        help_text=_("PNG, JPEG, GIF or WebP; shown 40 pixels high at most."),
    )
    removes_logo = forms.BooleanField(label=_("Take the logo out"), required=False)

    def clean_logo(self) -> PreparedPicture | None:
        upload = self.cleaned_data["logo"]
        if not isinstance(upload, UploadedFile):
            return None
        try:
            return prepare_picture(upload.read(MAX_UPLOAD_BYTES + 1), fits=LOGO_FITS)
        except PictureRefusedError as error:
            raise forms.ValidationError(str(error)) from error

    def changes(self) -> KitChanges:
        """What to save, of a valid form."""
        names = ("accent", "page", "text", "font", "links", "logo", "removes_logo")
        return KitChanges(**{name: self.cleaned_data[name] for name in names})


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Whose mails they are; stands in every footer."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Installation
        fields = ["company_name", "postal_address", "website"]
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 2})}

    def clean_website(self) -> str:
        """Without a slash at its end: templates go on with one of their own."""
        return str(self.cleaned_data["website"]).rstrip("/")

    def clean_company_name(self) -> str:
        name: str = self.cleaned_data["company_name"]
        if not is_one_line(name):
            raise forms.ValidationError(_("This must be one line."))
        return name


def initial_of(brand: Brand) -> dict[str, object]:
    """A kit's values as the form shows them."""
    return {
        "accent": brand.accent,
        "page": brand.page,
        "text": brand.text,
        "font": brand.font,
        "links": "\n".join(f"{name} {url}" for name, url in brand.links),
    }
