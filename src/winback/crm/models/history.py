"""What happened to a lead, and what is to be done about it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.crm.models.leads import Lead
from winback.crm.models.names import LostReason


class LeadLoss(models.Model):
    """One loss of a lead. Restoring fills ``restored_at``; nothing is erased."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="losses")
    reason = models.ForeignKey(
        LostReason, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    lost_at = models.DateTimeField()
    # What restoring gives back if it had been set by hand; None: not known.
    probability_before = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, blank=True
    )
    restored_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )

    class Meta:
        ordering = ["-lost_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.lost_at:%Y-%m-%d}"


class LeadEvent(models.Model):
    """One line of a lead's timeline that this room knows of.

    Upper rooms add theirs when the timeline is read: see ``crm.timeline``.
    """

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        IMPORTED = "imported", _("Imported")
        EDITED = "edited", _("Edited")
        STAGE_MOVED = "stage_moved", _("Moved to another stage")
        LOST = "lost", _("Lost")
        RESTORED = "restored", _("Restored")
        WON = "won", _("Won")
        REOPENED = "reopened", _("Reopened")
        ARCHIVED = "archived", _("Archived")
        UNARCHIVED = "unarchived", _("Taken out of the archive")
        NOTE = "note", _("Note")

    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    # What the line says, by kind: {"from": "New", "to": "Qualified"}, ...
    details: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, blank=True
    )

    class Meta:
        indexes = [models.Index(fields=["lead", "-at"], name="lead_event_by_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind}"


class Task(models.Model):
    """Something an owner is asked to do about a lead, e.g. answer a reply."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="tasks")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="tasks",
    )
    title = models.CharField(_("title"), max_length=200)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["done_at", "due_at", "-created_at"]

    def __str__(self) -> str:
        return self.title
