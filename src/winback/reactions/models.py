"""What comes back: raw hits and raw messages, and what followed from them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from winback.crm.models import Lead
from winback.mailings.models import Recipient, TrackedLink
from winback.reactions.imap.faults import Fault


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


class PagePress(models.Model):
    """One press on an unsubscribe page as it arrived, taken or not.

    What a program presses tells on its other visits to the same mail. The one-click
    request of a mail program is none.
    """

    recipient = models.ForeignKey(
        Recipient, on_delete=models.CASCADE, related_name="presses", db_index=False
    )
    at = models.DateTimeField()
    visit = models.CharField(max_length=32)  # of which page, and what it led to
    button = models.CharField(max_length=10)
    user_agent = models.CharField(max_length=500, blank=True)
    ip_prefix = models.CharField(max_length=50, blank=True)  # /24 or /48 only
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    reason = models.CharField(max_length=40)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "at"], name="press_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.button} {self.recipient_id}"


class InboundKind(models.TextChoices):
    REPLY = "reply", _("Reply")
    AUTO_REPLY = "auto_reply", _("Automatic reply")
    BOUNCE = "bounce", _("Bounce")
    DELIVERED = "delivered", _("Delivery confirmation")
    COMPLAINT = "complaint", _("Complaint")
    CHALLENGE = "challenge", _("Question whether we are human")
    UNSUBSCRIBE = "unsubscribe", _("Unsubscribe request")
    OPENED = "opened", _("Opened, as the provider says")
    CLICKED = "clicked", _("Clicked, as the provider says")
    UNKNOWN = "unknown", _("Unknown")


class Source(models.TextChoices):
    SMTP = "smtp", _("Our mail server")
    IMAP = "imap", _("A mailbox")
    FILE = "file", _("A file or a text given by a person")
    WEBHOOK = "webhook", _("A message from a provider")
    EVENT = "event", _("News from a provider")


class InboundMessage(models.Model):
    """A message that came in; the raw bytes are kept for the retention time.

    Of a provider's news (``Source.EVENT``) the raw bytes are JSON.
    """

    # SHA-256 of the raw bytes and envelope: the same message counts once.
    content_hash = models.CharField(max_length=64, unique=True)
    message_id = models.CharField(max_length=500, blank=True, db_index=True)
    received_at = models.DateTimeField()
    source = models.CharField(max_length=7, choices=Source.choices, default=Source.SMTP)
    provider = models.CharField(max_length=40, blank=True, default="")
    envelope_from = models.CharField(max_length=320, blank=True)
    envelope_to = models.CharField(max_length=320, blank=True)
    # Who wrote it, as the message itself says.
    sender = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=500, blank=True)
    raw = models.BinaryField()
    kind = models.CharField(
        max_length=11, choices=InboundKind.choices, default=InboundKind.UNKNOWN
    )
    bounce_kind = models.CharField(max_length=4, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    status_code = models.CharField(max_length=20, blank=True)
    visible_text = models.TextField(blank=True)
    # An automatic reply's first day on which somebody reads mail again.
    returns_on = models.DateField(null=True, blank=True)
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
    # When the retention time was over and ``raw`` was emptied.
    forgotten_at = models.DateTimeField(null=True, blank=True)

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
            # Serves the inbox's filters.
            models.Index(fields=["kind", "-id"], name="inbound_by_kind"),
            # Serves forgetting: whatever is past it has left.
            models.Index(
                fields=["received_at"],
                condition=models.Q(forgotten_at__isnull=True),
                name="inbound_not_forgotten",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class EffectKind(models.TextChoices):
    REPLIED = "replied", _("Counted as a reply")
    BOUNCED = "bounced", _("Counted as a bounce")
    COMPLAINED = "complained", _("Counted as a complaint")
    UNSUBSCRIBED = "unsubscribed", _("Counted as unsubscribed")
    BLACKLISTED = "blacklisted", _("Address put on the blacklist")
    OPTED_OUT = "opted_out", _("No more mail about this topic")
    RESTORED = "restored", _("Lost lead restored")
    TASK = "task", _("Task for the owner")
    AWAY = "away", _("Away, as the automatic reply says")
    ARRIVED = "arrived", _("Uncertain mail arrived: counted as sent")


class MessageEffect(models.Model):
    """One thing that a message brought about.

    It stands until somebody undoes it. ``details`` hold what undoing needs: what
    was there before, which row was made.
    """

    message = models.ForeignKey(
        InboundMessage, on_delete=models.CASCADE, related_name="effects"
    )
    kind = models.CharField(max_length=12, choices=EffectKind.choices)
    address = models.CharField(max_length=320, blank=True)  # normalised
    recipient = models.ForeignKey(
        Recipient, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    until_on = models.DateField(null=True, blank=True)  # of AWAY: back on this day
    details: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(
        default=dict, blank=True
    )
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["pk"]
        indexes = [
            # Serves counting soft bounces, and who is away.
            models.Index(
                fields=["address", "kind"],
                condition=models.Q(undone_at__isnull=True),
                name="effect_standing_by_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.message_id}"


class AddressChange(models.Model):
    """A message says that somebody has a new address; a person decides.

    Settled once: accepted (the lead's address changes) or dismissed.
    """

    message = models.ForeignKey(
        InboundMessage, on_delete=models.CASCADE, related_name="address_changes"
    )
    lead = models.ForeignKey(
        Lead, on_delete=models.CASCADE, related_name="address_changes"
    )
    old_address = models.CharField(max_length=320)
    new_address = models.CharField(max_length=320)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    is_accepted = models.BooleanField(default=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "new_address"],
                name="address_change_once_per_lead_and_address",
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.new_address}"


class MailFolder(models.Model):
    """One folder of a mailbox that is read, by its key.

    Messages up to ``taken_uid`` lie in our database; up to ``settled_uid`` they
    have also been marked or moved. Both mean nothing under another UIDVALIDITY.
    """

    key = models.CharField(max_length=500, unique=True)
    uid_validity = models.BigIntegerField(default=0)
    taken_uid = models.BigIntegerField(default=0)
    settled_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)  # the last look without fault
    # One process reads at a time; a dead one's claim ends by itself.
    busy_until = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=11, choices=Fault.choices, blank=True)
    fault_details = models.CharField(max_length=300, blank=True)
    failed_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key
