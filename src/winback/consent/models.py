"""Who must not be written to, about what, and how often others may be."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.crm.models import TranslatedName


class Topic(TranslatedName):
    """What a mailing is about, as far as opting out goes.

    Never deleted: what people said about it would be lost. An archived one can be
    chosen for no new mailing and is offered to nobody.
    """

    # The one that new mailings are about; it is never archived.
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="topic_one_default",
            )
        ]


class EntryKind(models.TextChoices):
    ADDRESS = "address", _("Address")
    DOMAIN = "domain", _("Whole domain")
    FINGERPRINT = "fingerprint", _("Fingerprint")


class BlacklistReason(models.TextChoices):
    BY_HAND = "by_hand", _("Added by hand")
    IMPORTED = "imported", _("Imported")
    UNSUBSCRIBED = "unsubscribed", _("Asked never to be written to")
    HARD_BOUNCE = "hard_bounce", _("The address does not exist")
    SOFT_BOUNCES = "soft_bounces", _("Kept bouncing")
    COMPLAINT = "complaint", _("Reported as spam")
    ERASED = "erased", _("The person was erased")


class BlacklistEntry(models.Model):
    """Whom nobody may write to: an address, a domain with those below it, or an
    address that is known by its keyed hash only. Lifting deletes it, audited.
    """

    kind = models.CharField(
        _("kind"),
        max_length=11,
        choices=EntryKind.choices,
        default=EntryKind.ADDRESS,
        db_default=EntryKind.ADDRESS,
    )
    # An address, a domain without "@", or "hmac-sha256:" and 64 digits: each says
    # by itself which it is, so that one question finds all three.
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
        indexes = [
            # Serves the question whether there are any, asked with every claim.
            models.Index(
                fields=["kind"],
                condition=Q(kind="fingerprint"),
                name="blacklist_fingerprints",
            )
        ]

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
    # Written for many people at once by one of us, and undone at once.
    batch_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "topic"], name="opt_out_once_per_address_and_topic"
            )
        ]
        indexes = [
            models.Index(
                fields=["batch_id"],
                condition=Q(batch_id__isnull=False),
                name="opt_out_by_batch",
            )
        ]

    def __str__(self) -> str:
        return self.address


class Preference(models.Model):
    """How often an address wants mail, whatever it is about.

    A copy stands on each lead with the address, so that counting reads one table.
    """

    address = models.CharField(max_length=320, unique=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    # At most one mail in so many days; None: as many as there are.
    mail_gap_days = models.PositiveSmallIntegerField(null=True, blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class WishKind(models.TextChoices):
    TOPIC = "topic", _("No more about this topic")
    PAUSE = "pause", _("A pause")
    FEWER = "fewer", _("Fewer mails")
    NEVER = "never", _("Never again")


class WishReason(models.TextChoices):
    """What the page offers as reasons; "" is none given."""

    TOO_MANY = "too_many", _("Too many mails")
    NOT_RELEVANT = "not_relevant", _("They do not interest me")
    NO_NEED = "no_need", _("I have bought or decided otherwise")
    NOT_ASKED = "not_asked", _("I never asked for them")
    OTHER = "other", _("Another reason")


class PersonWish(models.Model):
    """What a person once said about our mail, and why: kept, unlike what holds now.

    An erased person's rows lose their address.
    """

    kind = models.CharField(max_length=5, choices=WishKind.choices)
    address = models.CharField(max_length=320, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True)
    mailing_id = models.BigIntegerField(null=True, blank=True)
    reason_code = models.CharField(
        max_length=12, choices=WishReason.choices, blank=True
    )
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            # Serves reasons by mailing, and a person's last wish.
            models.Index(fields=["mailing_id", "address"], name="wish_by_mailing"),
            models.Index(fields=["address"], name="wish_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.address}"


class MailDomain(models.Model):
    """What the DNS says of a domain: whether it takes mail at all."""

    domain = models.CharField(max_length=255, unique=True)
    takes_mail = models.BooleanField()
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.domain


class ConsentSettings(models.Model):
    """The one row of what this room lets people set, and where its rounds stand."""

    sunset_after = models.PositiveSmallIntegerField(
        _("suggest to stop after so many ignored mails"),
        default=6,
        validators=[MinValueValidator(2), MaxValueValidator(50)],
    )
    # The round over all leads that asks the DNS about their domains.
    asked_lead_id = models.BigIntegerField(default=0)
    round_began_at = models.DateTimeField(null=True, blank=True)
    # The round over all leads that counts what they ignored.
    counted_lead_id = models.BigIntegerField(default=0)
    count_began_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return "consent"

    @classmethod
    def current(cls) -> ConsentSettings:
        """The row, or its defaults while nobody has set anything."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def keep(cls, **values: object) -> None:
        """Set some of its columns."""
        cls.objects.update_or_create(pk=1, defaults=values)
