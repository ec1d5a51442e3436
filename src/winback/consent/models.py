"""Who must not be written to, and about what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.crm.models import TranslatedName


class Topic(TranslatedName):
    """What a mailing is about, as far as opting out goes."""

    # The one that new mailings are about.
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="topic_one_default",
            )
        ]


class BlacklistReason(models.TextChoices):
    BY_HAND = "by_hand", _("Added by hand")
    IMPORTED = "imported", _("Imported")
    UNSUBSCRIBED = "unsubscribed", _("Asked never to be written to")
    HARD_BOUNCE = "hard_bounce", _("The address does not exist")
    SOFT_BOUNCES = "soft_bounces", _("Kept bouncing")
    COMPLAINT = "complaint", _("Reported as spam")


class BlacklistEntry(models.Model):
    """An address that must never be written to. Lifting deletes it, audited."""

    address = models.CharField(_("address"), max_length=320, unique=True)
    reason = models.CharField(
        _("reason"), max_length=12, choices=BlacklistReason.choices
    )
    note = models.TextField(_("note"), blank=True)
    # Ids, not keys: the ledger lies in a room above.
    mailing_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.address


class OptOut(models.Model):
    """An address that does not want mail about one topic, for good or for a while."""

    address = models.CharField(max_length=320)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="opt_outs")
    created_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)  # None: for good
    reason = models.CharField(max_length=500, blank=True)
    mailing_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "topic"], name="opt_out_once_per_address_and_topic"
            )
        ]

    def __str__(self) -> str:
        return self.address
