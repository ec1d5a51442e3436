"""What a mailing earned."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.crm.models import Lead
from winback.mailings.models import Mailing, Recipient


class ConversionKind(models.TextChoices):
    LEAD_CREATED = "lead_created", _("Lead created")
    LEAD_RESTORED = "lead_restored", _("Lead restored")


class Conversion(models.Model):
    """One success credited to one mailing, with the reason why."""

    kind = models.CharField(max_length=13, choices=ConversionKind.choices)
    at = models.DateTimeField()
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="conversions")
    mailing = models.ForeignKey(
        Mailing, on_delete=models.PROTECT, related_name="conversions"
    )
    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, related_name="conversions"
    )
    # What the credit rests on: {"response": "replied", "responded_at": "..."}
    why = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "lead", "mailing"],
                name="conversion_once_per_kind_lead_and_mailing",
            )
        ]
        indexes = [
            models.Index(fields=["mailing", "kind"], name="conversion_by_mailing")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lead_id}"
