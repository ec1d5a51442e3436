"""Mailings and their recipients: the ledger that always adds up."""

from __future__ import annotations

from datetime import UTC, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.consent.models import Topic
from winback.content.models import MailContent, Template
from winback.crm.models import Lead


class Campaign(models.Model):
    """A name under which mailings and journeys are reported together."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MailingState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    STOPPED = "stopped", _("Stopped")


class Timing(models.TextChoices):
    AT_ONCE = "at_once", _("All at once")
    RECIPIENT_MORNING = "recipient_morning", _("In each recipient's morning")


class Mailing(models.Model):
    """One email sent to an audience.

    draft -> scheduled -> sending -> sent; paused and back from sending;
    cancelled from scheduled, sending, paused; stopped by a guard. *Send* is a
    schedule for now plus the time to undo. Moves live in ``services``.
    """

    name = models.CharField(_("name"), max_length=300, blank=True)
    state = models.CharField(
        _("state"),
        max_length=9,
        choices=MailingState.choices,
        default=MailingState.DRAFT,
    )
    # Why it is stopped, paused or waiting, in words; empty when all is well.
    state_reason = models.CharField(max_length=500, blank=True)
    campaign = models.ForeignKey(
        Campaign,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailings",
        verbose_name=_("campaign"),
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic")
    )
    # What its content began as; the content itself was copied and is its own.
    template = models.ForeignKey(
        Template,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="mailings",
        verbose_name=_("template"),
    )
    template_version = models.PositiveIntegerField(null=True, blank=True)
    rules = models.JSONField(_("rules"), default=dict, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="mailings",
        verbose_name=_("responsible"),
    )
    from_name = models.CharField(_("from name"), max_length=200, blank=True)
    from_address = models.CharField(_("from address"), max_length=254, blank=True)
    reply_to = models.CharField(_("reply to"), max_length=254, blank=True)

    restore_on_reply = models.BooleanField(
        _("restore the lost lead when the person replies"), default=True
    )
    task_on_reply = models.BooleanField(
        _("give the owner a task when the person replies"), default=True
    )
    frequency_cap_days = models.PositiveSmallIntegerField(
        _("leave out people mailed in the last days"), default=7
    )

    # Also when to start: set by Send (now + undo) and by Schedule.
    scheduled_at = models.DateTimeField(null=True, blank=True)
    schedule_time_zone = models.CharField(max_length=64, blank=True)
    undo_until = models.DateTimeField(null=True, blank=True)
    timing = models.CharField(
        _("timing"), max_length=17, choices=Timing.choices, default=Timing.AT_ONCE
    )
    window_start = models.TimeField(_("send from"), null=True, blank=True)
    window_end = models.TimeField(_("send until"), null=True, blank=True)
    mails_per_hour = models.PositiveIntegerField(
        _("mails per hour"), null=True, blank=True
    )

    # Testing the water: the most promising addresses first, the rest later.
    canary = models.BooleanField(_("test the water first"), default=False)
    canary_size = models.PositiveIntegerField(_("first to so many"), default=100)
    canary_wait_minutes = models.PositiveSmallIntegerField(
        _("minutes to wait for bounces"), default=30
    )

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    changed_at = models.DateTimeField()
    # Grows with every saved change: two people editing are told of each other.
    revision = models.PositiveIntegerField(default=0)
    # Of a mailing sent by hand the ledger is written while it can be undone.
    ledger_begun_at = models.DateTimeField(null=True, blank=True)
    ledger_written_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            # Serves the scheduler's question "what is due or under way?".
            models.Index(
                fields=["state", "scheduled_at"],
                condition=Q(state__in=["scheduled", "sending"]),
                name="mailing_due",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(_("Mailing without a subject"))


class Version(models.Model):
    """One variant in an A/B test; a plain mailing has exactly one, "A"."""

    mailing = models.ForeignKey(
        Mailing, on_delete=models.CASCADE, related_name="versions"
    )
    label = models.CharField(max_length=1, default="A")

    class Meta:
        ordering = ["label"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "label"], name="version_label_once_per_mailing"
            )
        ]

    def __str__(self) -> str:
        return self.label


class VersionContent(MailContent):
    """A version's content in one language."""

    version = models.ForeignKey(
        Version, on_delete=models.CASCADE, related_name="contents"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "language"], name="version_content_once_per_language"
            )
        ]

    def __str__(self) -> str:
        return self.subject


class TrackedLink(models.Model):
    """One link of a version's content; written when the mailing starts.

    Tokens in mails name a link by ``pk``. A link whose address has merge
    fields carries the filled address, signed, beside its token.
    """

    content = models.ForeignKey(
        VersionContent, on_delete=models.CASCADE, related_name="links"
    )
    position = models.PositiveSmallIntegerField()
    url = models.TextField()
    label = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["content", "position"], name="link_once_per_position"
            )
        ]

    def __str__(self) -> str:
        return self.url


class Fate(models.TextChoices):
    LEFT_OUT = "left_out", _("Left out")
    READY = "ready", _("Ready")
    HANDING_OVER = "handing_over", _("Being handed over")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")


TO_BE_MAILED = [
    Fate.READY,
    Fate.HANDING_OVER,
    Fate.SENT,
    Fate.FAILED,
    Fate.UNCERTAIN,
]
STILL_TO_SEND = [Fate.READY, Fate.HANDING_OVER]


class LeftOutReason(models.TextChoices):
    """In the order in which they are asked: the first that holds is the reason."""

    NO_ADDRESS = "no_address", _("No address")
    INVALID_ADDRESS = "invalid_address", _("Invalid address")
    DUPLICATE = "duplicate", _("Same address as another lead")
    BLACKLISTED = "blacklisted", _("Blacklisted")
    OPTED_OUT = "opted_out", _("Opted out of this topic")
    PAUSED = "paused", _("Asked for a pause")
    FEWER_MAILS = "fewer_mails", _("Wants fewer mails")
    RECENTLY_MAILED = "recently_mailed", _("Mailed a short time ago")
    # Only after the start:
    CANCELLED = "cancelled", _("The mailing was cancelled")


class FailureClass(models.TextChoices):
    ADDRESS = "address", _("Address refused")
    MESSAGE = "message", _("Message refused")
    SERVER = "server", _("Server gave up")
    CONTENT = "content", _("Could not be written for this person")


class BounceKind(models.TextChoices):
    HARD = "hard", _("Hard bounce")
    SOFT = "soft", _("Soft bounce")


# Rows wait for no clock unless they were given an hour, so that one that is set
# back holds nobody up.
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)


class Recipient(models.Model):
    """One row of a mailing's ledger: one lead, one address, its fate.

    Written when the mailing starts, the left-out ones included. left_out is
    final; ready -> handing_over -> sent, failed or uncertain; ready again when
    the server asked us to wait; ready -> left_out when the person says no
    meanwhile or the mailing is cancelled. The dates below ``sent_at`` are each
    kept for ever. Two sums hold at every moment: all rows = to be mailed + left
    out; to be mailed = sent + failed + uncertain + still to send.
    """

    mailing = models.ForeignKey(
        Mailing,
        on_delete=models.PROTECT,
        related_name="recipients",
        db_index=False,  # recipient_once_per_mailing_and_lead begins with it
    )
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="recipients")
    version = models.ForeignKey(
        Version, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Copies: editing the lead later must not rewrite what was sent.
    address = models.CharField(max_length=320, blank=True)  # normalised
    language = models.CharField(max_length=8, blank=True)

    fate = models.CharField(max_length=12, choices=Fate.choices, default=Fate.READY)
    left_out_reason = models.CharField(
        max_length=15, choices=LeftOutReason.choices, blank=True
    )
    failure_class = models.CharField(
        max_length=7, choices=FailureClass.choices, blank=True
    )
    # The server's own last words, or ours; kept for the list behind "Failed".
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # AT_ONCE until a later hour is chosen for it; None: it will not be handed over.
    due_at = models.DateTimeField(null=True, blank=True)
    # Whose limits the mail falls under: see delivery.Lane. Empty: nobody's.
    lane = models.CharField(max_length=80, blank=True, default="", db_default="")
    run_id = models.UUIDField(null=True, blank=True)  # delivery.DeliveryRun
    claimed_at = models.DateTimeField(null=True, blank=True)

    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_kind = models.CharField(max_length=4, choices=BounceKind.choices, blank=True)
    # The first time each by a person; what machines did stands apart.
    opened_at = models.DateTimeField(null=True, blank=True)
    clicked_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    machine_opened_at = models.DateTimeField(null=True, blank=True)
    machine_clicked_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    complained_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "lead"], name="recipient_once_per_mailing_and_lead"
            ),
            models.UniqueConstraint(
                fields=["mailing", "address"],
                condition=~Q(fate="left_out"),
                name="recipient_address_mailed_once_per_mailing",
            ),
            models.CheckConstraint(
                condition=Q(fate="left_out") ^ Q(left_out_reason=""),
                name="recipient_left_out_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(fate="sent", sent_at__isnull=False)
                | (~Q(fate="sent") & Q(sent_at__isnull=True)),
                name="recipient_sent_at_matches_fate",
            ),
            models.CheckConstraint(
                condition=Q(fate="left_out") | ~Q(address=""),
                name="recipient_to_be_mailed_has_address",
            ),
        ]
        indexes = [
            # Serves the claim, lane by lane, so that no claim passes over rows that
            # may not go yet; stays small because rows leave it when handed over.
            models.Index(
                fields=["mailing", "lane", "due_at", "id"],
                condition=Q(fate="ready"),
                name="recipient_ready_by_lane",
            ),
            # Serves recovery: what a dead run still held.
            models.Index(
                fields=["run_id"],
                condition=Q(fate="handing_over"),
                name="recipient_handing_over",
            ),
            # Serves replies, bounces and credit by address.
            models.Index(
                fields=["address", "-sent_at"],
                condition=Q(fate="sent"),
                name="recipient_sent_by_address",
            ),
            # Serves the smart buttons and the lists behind them; by time, what the
            # guards and the pace on the screen look at: the last ones.
            models.Index(
                fields=["mailing", "fate", "claimed_at"], name="recipient_by_fate_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address or self.lead_id} ({self.fate})"
