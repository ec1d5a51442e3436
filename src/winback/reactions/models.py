"""What comes back: raw hits and raw messages, each kept as it arrived."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from winback.crm.models import Lead
from winback.mailings.models import Recipient, TrackedLink


class HitKind(models.TextChoices):
    OPEN = "open", pgettext_lazy("reaction", "Open")
    CLICK = "click", _("Click")


class Verdict(models.TextChoices):
    PERSON = "person", _("Person")
    MACHINE = "machine", _("Machine")
    UNKNOWN = "unknown", _("Unknown")


class Hit(models.Model):
    """One open or click as it arrived, with a verdict that can be redone."""

    # Given when it was seen: brought in twice from the journal, it counts once.
    # None for those of before there was one.
    event_id = models.UUIDField(null=True, unique=True, editable=False)
    # No index of its own: ``hit_by_recipient`` begins with it.
    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, related_name="hits", db_index=False
    )
    kind = models.CharField(max_length=5, choices=HitKind.choices)
    link = models.ForeignKey(
        TrackedLink, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    method = models.CharField(max_length=7)
    user_agent = models.CharField(max_length=500, blank=True)
    ip_prefix = models.CharField(max_length=50, blank=True)  # /24 or /48 only
    purpose = models.CharField(max_length=40, blank=True)  # "prefetch" and such
    verdict = models.CharField(
        max_length=7, choices=Verdict.choices, default=Verdict.UNKNOWN
    )
    verdict_reason = models.CharField(max_length=40, blank=True)
    # 0 until it is judged: the answer to the reader does not wait for that.
    rules_version = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "at"], name="hit_by_recipient"),
            # Serves the judge; a hit leaves it as soon as it is judged.
            models.Index(
                fields=["id"],
                condition=models.Q(rules_version=0),
                name="hit_waiting_for_verdict",
            ),
            # Serves counting what nobody could judge, which is little.
            models.Index(
                fields=["kind", "recipient"],
                condition=models.Q(verdict="unknown", rules_version__gt=0),
                name="hit_of_unknown",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient_id}"


class InboundKind(models.TextChoices):
    REPLY = "reply", _("Reply")
    AUTO_REPLY = "auto_reply", _("Automatic reply")
    BOUNCE = "bounce", _("Bounce")
    DELIVERED = "delivered", _("Delivery confirmation")
    COMPLAINT = "complaint", _("Complaint")
    CHALLENGE = "challenge", _("Question whether we are human")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribe request")
    UNKNOWN = "unknown", _("Unknown")


class InboundMessage(models.Model):
    """A message that came in; the raw bytes are kept for the retention time."""

    # SHA-256 of the raw bytes and envelope: the same message counts once.
    content_hash = models.CharField(max_length=64, unique=True)
    message_id = models.CharField(max_length=500, blank=True, db_index=True)
    received_at = models.DateTimeField()
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    raw = models.BinaryField()
    kind = models.CharField(
        max_length=11, choices=InboundKind.choices, default=InboundKind.UNKNOWN
    )
    bounce_kind = models.CharField(max_length=4, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    status_code = models.CharField(max_length=20, blank=True)
    visible_text = models.TextField(blank=True)
    recipient = models.ForeignKey(
        Recipient,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="inbound",
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound"
    )
    # None until its turn has come: stored first, read afterwards.
    processed_at = models.DateTimeField(null=True, blank=True)
    # None while it waits in the inbox for a person.
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(processed_at__isnull=True),
                name="inbound_waiting_for_its_turn",
            ),
            # Serves the inbox.
            models.Index(
                fields=["-received_at"],
                condition=models.Q(handled_at__isnull=True),
                name="inbound_waiting_for_a_person",
            ),
            # Serves counting an address's bounces.
            models.Index(
                fields=["recipient", "-received_at"], name="inbound_by_recipient"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
