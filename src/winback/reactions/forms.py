"""What people fill in on the inbox's page."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_TEXT_CHARACTERS = 2_000_000
# The first line of a message is a field (RFC 5322, section 2.2), or the line that
# parts the messages of an mbox file.
_FIRST_LINE = re.compile(rb"(?:[!-9;-~]+[ \t]*:|>?From )")


class TakeInForm(forms.Form):
    """A message as a file or as pasted text; ``raw`` is what to store."""

    file = forms.FileField(
        label=_("Message file (.eml)"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".eml,message/rfc822,text/plain"}),
        help_text=_("At most 20 MB. Most mail programs save one by “Save as”."),
    )
    text = forms.CharField(
        label=_("Or the message's source, pasted"),
        required=False,
        max_length=MAX_TEXT_CHARACTERS,
        widget=forms.Textarea(
            attrs={
                "rows": 5,
                "dir": "ltr",
                "spellcheck": "false",
                "class": "font-monospace",
            }
        ),
    )
    raw: bytes = b""

    def clean_file(self) -> bytes | None:
        uploaded: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if not uploaded:
            return None
        if (uploaded.size or 0) > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        content: bytes = uploaded.read()
        return content

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        file, text = self.cleaned_data["file"], self.cleaned_data["text"]
        if file and text:
            raise forms.ValidationError(_("Give either a file or a text, not both."))
        raw = (file or text.encode("utf-8", "surrogatepass")).lstrip(b"\r\n\t ")
        if not raw:
            raise forms.ValidationError(_("Choose a file, or paste a message."))
        if not _FIRST_LINE.match(raw):
            raise forms.ValidationError(
                _(
                    "This is not the source of a message: it begins with lines "
                    "like “From: …” and “Subject: …”."
                )
            )
        self.raw = raw
        return cleaned
