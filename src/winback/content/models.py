"""Saved content."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.content.branding.rules import DEFAULT_ACCENT, DEFAULT_PAGE, DEFAULT_TEXT
from winback.core.outward import Finding


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
    # The newest of its versions; what is saved on an older one is a conflict.
    version = models.PositiveIntegerField(default=1)
    # Out of the gallery, but still there for the mailings made from it.
    archived_at = models.DateTimeField(null=True, blank=True)

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


class OutsideAddress(models.Model):
    """A web address of a mail, and what it answered when it was last tried.

    Kept for all mailings together, so that a shop's page is not asked again for
    each of them. ``tried_at`` is None until the first answer.
    """

    key = models.CharField(max_length=64, unique=True)  # SHA-256 of the address
    url = models.TextField()
    asked_at = models.DateTimeField(db_index=True)  # when somebody wanted to know
    tried_at = models.DateTimeField(null=True, blank=True)
    finding = models.CharField(max_length=9, blank=True)
    status = models.PositiveSmallIntegerField(default=0)
    size_bytes = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.url

    @property
    def is_dead(self) -> bool:
        """Whether a person who presses it would find nothing."""
        return self.finding in {
            Finding.GONE,
            Finding.BROKEN,
            Finding.NO_HOST,
            Finding.BAD_CERTIFICATE,
        }


class TemplateVersion(models.Model):
    """What a saved template said once. Rows are added, never changed.

    ``contents`` is a list with language, subject, preheader, body_kind and body
    of each. Our own templates have no rows: they change with the package.
    """

    template = models.ForeignKey(
        Template, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # Of one that brings an older one back: that one's number.
    restored_from = models.PositiveIntegerField(null=True, blank=True)
    contents = models.JSONField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="template_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template_id} v{self.number}"


class BrandLogo(models.Model):
    """A logo's picture under the digest of its bytes; kept for the mails with it."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256, in hex
    media_type = models.CharField(max_length=20)
    data = models.BinaryField()
    width = models.PositiveIntegerField()  # px, of the picture itself
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest[:12]


class BrandKit(models.Model):
    """The one row of how this installation's mails look: see ``branding``."""

    accent = models.CharField(_("main colour"), max_length=7, default=DEFAULT_ACCENT)
    page = models.CharField(_("background"), max_length=7, default=DEFAULT_PAGE)
    text = models.CharField(_("text"), max_length=7, default=DEFAULT_TEXT)
    font = models.CharField(_("font"), max_length=20, default="system")
    logo = models.ForeignKey(
        BrandLogo, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # [name, https address] of each link in the footer.
    links = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.accent


class Picture(models.Model):
    """An uploaded image for mails; its file lies in the home folder.

    The name cannot be guessed and is the only key: mail programs show it to
    whoever got the mail. Removed only by hand, and only if nothing shows it.
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
    # When it was last put into a mail or described there; None for never again.
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.alt or self.name

    @property
    def last_used_at(self) -> datetime:
        return self.used_at or self.created_at
