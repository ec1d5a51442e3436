"""Who is handing over which mail right now, and how fast a server may be fed."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.mailings.models import Mailing, Recipient


class DeliveryRun(models.Model):
    """One stretch of work on one mailing by one worker process.

    Rows it claimed carry its id. While it works it moves ``heartbeat_at`` and
    holds its journal locked. Recovery reads the journal of one that is gone to
    tell what was sent from what is uncertain.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="runs")
    sender = models.CharField(max_length=300, blank=True, default="")  # its key
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


class MailingWatch(models.Model):
    """What delivery keeps in mind about a mailing while it is sent.

    ``served_at``: when a run last took it up, for fair turns. A canary is
    settled, then (a waiting time later) passed. ``waived_at``: somebody let it
    go on after a guard's stop; what was sent before is judged no more.
    """

    mailing = models.OneToOneField(
        Mailing, on_delete=models.CASCADE, related_name="watch"
    )
    served_at = models.DateTimeField(null=True, blank=True)
    canary_settled_at = models.DateTimeField(null=True, blank=True)
    canary_passed_at = models.DateTimeField(null=True, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    def __str__(self) -> str:
        return f"watch over {self.mailing_id}"


class ServerHold(models.Model):
    """A rest for a mail server that failed again and again; gone when it works.

    ``key`` is its sender's. All workers respect it, so that a broken
    server is asked by one of them at a time, more and more rarely.
    """

    key = models.CharField(max_length=300, unique=True)
    holds = models.PositiveIntegerField(default=0)
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)

    def __str__(self) -> str:
        return f"{self.key} until {self.until:%H:%M:%S}"


class TokenBucket(models.Model):
    """What is left of a limit, shared by all workers, so that restarts never burst.

    ``tokens`` are those of the hour; ``used_on_day`` counts the mails of one
    day (``day_on``, in the installation's time zone), limited or not.
    """

    key = models.CharField(max_length=300, unique=True)
    tokens = models.FloatField()
    refilled_at = models.DateTimeField()
    day_on = models.DateField(null=True, blank=True)
    used_on_day = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key}: {self.tokens:.1f}"


class Lane(models.Model):
    """A group of receiving domains that is limited as one: its mails queue apart.

    ``key`` stands in the ledger's rows: a word for the groups shipped with the
    product, the domain itself for one that somebody added.
    """

    key = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    per_hour = models.PositiveIntegerField(
        _("at most an hour"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000_000)],
    )
    per_day = models.PositiveIntegerField(
        _("at most a day"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100_000_000)],
    )
    is_own = models.BooleanField(default=False)  # added here, by a person

    class Meta:
        ordering = ["is_own", "id"]

    def __str__(self) -> str:
        return self.name


class DomainSource(models.TextChoices):
    KNOWN = "known", _("Known")
    MX = "mx", _("Found by its mail server")
    PERSON = "person", _("Added by hand")


class DomainLane(models.Model):
    """In which lane a receiving domain's mails queue; None: in no lane of its own.

    What was found in the DNS is kept with its date and asked again later.
    """

    domain = models.CharField(max_length=253, unique=True)
    lane = models.ForeignKey(
        Lane,
        to_field="key",
        db_column="lane",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="domains",
    )
    source = models.CharField(max_length=6, choices=DomainSource.choices)
    asked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.domain}: {self.lane_id}"


class GuardSettings(models.Model):
    """The one row of rates above which a guard stops a mailing."""

    bounce_percent = models.DecimalField(
        _("bounces, in percent"),
        max_digits=4,
        decimal_places=2,
        default=Decimal(5),
        validators=[MinValueValidator(1), MaxValueValidator(20)],
    )
    complaint_percent = models.DecimalField(
        _("complaints, in percent"),
        max_digits=4,
        decimal_places=2,
        default=Decimal("0.1"),
        validators=[MinValueValidator(Decimal("0.05")), MaxValueValidator(1)],
    )

    def __str__(self) -> str:
        return f"{self.bounce_percent} %, {self.complaint_percent} %"

    @classmethod
    def current(cls) -> GuardSettings:
        """The row, or one with the defaults that is not saved yet."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
