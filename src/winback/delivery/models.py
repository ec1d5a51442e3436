"""Who is handing over which mail right now."""

from __future__ import annotations

import uuid

from django.db import models

from winback.mailings.models import Mailing


class DeliveryRun(models.Model):
    """One stretch of work on one mailing by one worker process.

    Rows it claimed carry its id. While it works it moves ``heartbeat_at``; one
    that stops moving is dead, and recovery reads its journal (on the same host)
    to tell what was sent from what is uncertain.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="runs")
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                condition=models.Q(finished_at__isnull=True),
                name="delivery_run_unfinished",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
