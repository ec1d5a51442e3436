"""Who is handing over which mail right now, and how fast a server may be fed."""

from __future__ import annotations

import uuid

from django.db import models

from winback.mailings.models import Mailing, Recipient


class DeliveryRun(models.Model):
    """One stretch of work on one mailing by one worker process.

    Rows it claimed carry its id. While it works it moves ``heartbeat_at`` and
    holds its journal locked. Recovery reads the journal of one that is gone to
    tell what was sent from what is uncertain.
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


class ProviderMail(models.Model):
    """Under which id a provider knows a mail that it took.

    Its events name it, and so do questions to its support. A mail sent once more
    by hand has the later id.
    """

    recipient = models.OneToOneField(
        Recipient,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="provider_mail",
    )
    provider_id = models.CharField(max_length=200, db_index=True)

    def __str__(self) -> str:
        return self.provider_id


class ServerHold(models.Model):
    """A rest for a mail server that failed again and again; gone when it works.

    ``key`` is its host and port. All workers respect it, so that a broken
    server is asked by one of them at a time, more and more rarely.
    """

    key = models.CharField(max_length=300, unique=True)
    holds = models.PositiveIntegerField(default=0)
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%H:%M:%S}"


class TokenBucket(models.Model):
    """What is left of a limit, shared by all workers, so that restarts never burst."""

    key = models.CharField(max_length=300, unique=True)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key}: {self.tokens:.1f}"
