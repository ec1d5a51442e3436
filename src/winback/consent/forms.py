"""What people fill in on this room's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from winback.consent.files import FileRow, UnreadableFileError, read_rows
from winback.consent.models import BlacklistReason, EntryKind, Topic
from winback.consent.rules import read_entry
from winback.consent.services import Listing
from winback.crm.forms import TranslatedNameForm

MAX_FILE_BYTES = 10 * 1024 * 1024


class BlacklistAddForm(forms.Form):
    address = forms.CharField(
        label=_("Address or domain"),
        max_length=320,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "off", "inputmode": "email"}
        ),
        help_text=_("A domain blocks everybody at it and at the domains below it."),
    )
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    erase = forms.BooleanField(
        label=_("Keep a fingerprint only"),
        required=False,
        help_text=_(
            "For people who want to be erased: the address is forgotten here, and "
            "yet never written to again."
        ),
    )

    def clean_address(self) -> str:
        if read_entry(self.cleaned_data["address"]) is None:
            raise forms.ValidationError(_("This is not an email address or a domain."))
        return str(self.cleaned_data["address"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        is_erasing = given.get("erase") and "address" in given
        if is_erasing and self.listing().kind != EntryKind.ADDRESS:
            self.add_error("address", _("Only an address can be erased."))
        return given

    def listing(self) -> Listing:
        """What is to be listed; only after ``is_valid``."""
        read = read_entry(self.cleaned_data["address"])
        assert read is not None
        return Listing.of(read, self.cleaned_data.get("note", ""))


class BlacklistImportForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "One address, domain or SHA-256 of an address in a line, or a table with "
            "the columns address and note."
        ),
    )

    def clean_file(self) -> list[FileRow]:
        """The rows of the file."""
        uploaded: UploadedFile[bytes] = self.cleaned_data["file"]
        if (uploaded.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        try:
            rows = read_rows(uploaded.read())
        except UnreadableFileError:
            rows = []
        if not any(read_entry(row.typed) for row in rows):
            raise forms.ValidationError(_("No address was found in this file."))
        return rows


class BlacklistFilterForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Every kind")), *EntryKind.choices],
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", _("Every reason")), *BlacklistReason.choices],
    )


class TopicForm(TranslatedNameForm):
    class Meta:
        model = Topic
        fields = ["name"]
