"""What people fill in on the blacklist's page."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from winback.consent.files import UnreadableFileError, read_rows
from winback.core.addresses import parse_address

MAX_FILE_BYTES = 10 * 1024 * 1024


class BlacklistAddForm(forms.Form):
    address = forms.CharField(
        label=_("Address"),
        max_length=320,
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def clean_address(self) -> str:
        parsed = parse_address(self.cleaned_data["address"])
        if parsed.status != "ok":
            raise forms.ValidationError(_("This is not an email address."))
        return parsed.normalized


class BlacklistImportForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "One address in a line, or a table with the columns address and note."
        ),
    )

    def clean_file(self) -> list[tuple[str, str]]:
        """The rows of the file."""
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        if (uploaded.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        try:
            rows = read_rows(uploaded.read())
        except UnreadableFileError:
            rows = []
        if not rows:
            raise forms.ValidationError(_("No address was found in this file."))
        return rows
