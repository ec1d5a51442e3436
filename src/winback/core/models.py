"""What belongs to the whole installation: its settings and its audit log."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.core.choices import Language


class Installation(models.Model):
    """The one row of settings that people change on screen.

    What only the administrator of the machine may change is in the
    environment: see ``core.config``.
    """

    company_name = models.CharField(_("company name"), max_length=200, blank=True)
    postal_address = models.TextField(_("postal address"), blank=True)
    website = models.URLField(_("website"), blank=True)
    language = models.CharField(
        _("language"), max_length=8, choices=Language.choices, default=Language.ENGLISH
    )
    # Of mails; see content.languages. A blank one means the general content.
    mail_language_without = models.CharField(
        _("language for people without one"),
        max_length=8,
        blank=True,
        default="",
        db_default="",
    )
    mail_language_order = models.CharField(
        _("languages to fall back to"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    sender_name = models.CharField(_("sender name"), max_length=200, blank=True)
    sender_address = models.CharField(_("sender address"), max_length=254, blank=True)

    def __str__(self) -> str:
        return self.company_name or "Winback"

    @classmethod
    def current(cls) -> Installation:
        """The row, made with its defaults if there is none yet."""
        return cls.objects.get_or_create(pk=1)[0]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the installation's days begin and end."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)


class AuditEntry(models.Model):
    """Who did what to what, and when. Rows are added, never changed."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    # A copy: deleting the account must not erase who it was.
    actor_name = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id"], name="audit_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.action}"
