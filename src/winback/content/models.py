"""Saved content."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BodyKind(models.TextChoices):
    TEXT = "text", _("Plain text")
    MJML = "mjml", _("MJML")
    HTML = "html", _("HTML")


class Template(models.Model):
    """Saved content: one of our own premade ones (``key`` set) or a saved one."""

    key = models.CharField(max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=~models.Q(key=""), name="template_key_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class MailContent(models.Model):
    """What a mail says in one language ("" is for everybody else)."""

    language = models.CharField(max_length=8, blank=True)
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    preheader = models.CharField(_("preheader"), max_length=500, blank=True)
    body_kind = models.CharField(
        max_length=4, choices=BodyKind.choices, default=BodyKind.TEXT
    )
    body = models.TextField(_("body"), blank=True)

    class Meta:
        abstract = True


class TemplateContent(MailContent):
    """A template's content in one language."""

    template = models.ForeignKey(
        Template, on_delete=models.CASCADE, related_name="contents"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "language"], name="template_once_per_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.language}"


class Picture(models.Model):
    """An uploaded image for mails; its file lies in the home folder.

    The name cannot be guessed and is the only key: mail programs show it to
    whoever got the mail. Rows are kept as long as mails may still show them.
    """

    name = models.CharField(max_length=40, unique=True)
    alt = models.CharField(_("description"), max_length=300, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.alt or self.name
