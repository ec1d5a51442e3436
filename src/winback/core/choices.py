"""Choices that several rooms share."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """Languages of the screens and of our own templates."""

    ENGLISH = "en", _("English")
    UKRAINIAN = "uk", _("Ukrainian")
    PERSIAN = "fa", _("Persian")


RIGHT_TO_LEFT_LANGUAGES = {"ar", "fa", "he", "ur", "ps", "ckb", "yi"}
