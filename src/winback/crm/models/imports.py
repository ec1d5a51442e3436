"""Imports of files, with what is needed to undo one."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.crm.models.leads import Lead


class ImportRun(models.Model):
    """One import of a file, from upload to undo."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKED = "checked", _("Checked")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Undoing")
        UNDONE = "undone", _("Undone")

    file_name = models.CharField(max_length=255)
    stored_path = models.CharField(max_length=500)  # below WINBACK_HOME/imports
    mapping = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=8, choices=State.choices, default=State.UPLOADED
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    rows_total = models.PositiveIntegerField(null=True, blank=True)
    rows_done = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    updated_count = models.PositiveIntegerField(default=0)
    failed_count = models.PositiveIntegerField(default=0)
    # The first errors, for the screen; all of them are in the file given back.
    errors = models.JSONField(default=list, blank=True)
    # The names that the import added, see ``imports.added``:
    # {"tags": {"7": "VIP"}, ...}
    added_names = models.JSONField(default=dict, blank=True)
    failure = models.TextField(blank=True)
    # What an undo did: {"removed": 3, "restored": 1, "kept": 0, "names": 2}
    undo = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name


class ImportedChange(models.Model):
    """What an import overwrote on one lead, so that undo can put it back."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="changes")
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="+")
    before = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "lead"], name="imported_change_once_per_run_and_lead"
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.lead_id}"
