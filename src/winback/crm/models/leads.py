"""One sales opportunity with one person."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from winback.accounts.models import Team, User
from winback.accounts.rules import Right
from winback.core.address_quality import Quality
from winback.crm.models.names import (
    LostReason,
    Product,
    Stage,
    Tag,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)
from winback.crm.rules import Status, first_name_of


class LeadStatus(models.TextChoices):
    OPEN = Status.OPEN.value, _("Open")
    WON = Status.WON.value, _("Won")
    LOST = Status.LOST.value, _("Lost")


class AddressQuality(models.TextChoices):
    """From bad to good: an address has the first that holds; "" is no address."""

    INVALID = Quality.INVALID.value, _("Invalid")
    UNREACHABLE = Quality.UNREACHABLE.value, _("Domain takes no mail")
    TYPO = Quality.TYPO.value, _("Mistyped large domain")
    DISPOSABLE = Quality.DISPOSABLE.value, _("Disposable")
    ROLE = Quality.ROLE.value, _("Shared post box")
    GOOD = Quality.GOOD.value, _("Good")


class LeadQuerySet(models.QuerySet["Lead"]):
    def visible_to(self, user: User) -> LeadQuerySet:
        """Leads this person may see: all of them, or their own."""
        if user.may(Right.SEE_ALL_LEADS):
            return self.all()
        return self.filter(owner=user)


class Lead(models.Model):
    """One sales opportunity with one person.

    open -> won or lost, and back. A lost lead is archived, keeps its stage and
    has ``lost_at``; an archived open lead is not lost. Columns that end in
    ``_folded`` are copies made by ``core.text.fold`` for searching: every write
    path goes through ``rules.clean_lead`` which fills them.
    """

    title = models.CharField(_("title"), max_length=300)
    contact_name = models.CharField(_("contact name"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    email = models.CharField(_("email"), max_length=320, blank=True)
    # Empty when there is no address or when it is not a valid one.
    email_normalized = models.CharField(max_length=320, blank=True, editable=False)
    phone = models.CharField(_("phone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)

    stage = models.ForeignKey(
        Stage, on_delete=models.PROTECT, related_name="leads", verbose_name=_("stage")
    )
    status = models.CharField(
        _("status"), max_length=4, choices=LeadStatus.choices, default=LeadStatus.OPEN
    )
    active = models.BooleanField(_("active"), default=True)
    lost_reason = models.ForeignKey(
        LostReason,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,  # lead_by_lost_reason begins with it
        verbose_name=_("lost reason"),
    )
    lost_at = models.DateTimeField(_("lost on"), null=True, blank=True)
    won_at = models.DateTimeField(_("won on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created on"))
    stage_changed_at = models.DateTimeField(_("stage changed on"))

    # Keys without an index of their own: each index is paid for with every lead
    # written; ``lead_by_owner`` serves owners, the others are never the first
    # thing an audience is found by.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="leads",
        db_index=False,
        verbose_name=_("team"),
    )
    tags = models.ManyToManyField(
        Tag, blank=True, related_name="leads", verbose_name=_("tags")
    )
    expected_revenue = models.DecimalField(
        _("expected revenue"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    probability = models.DecimalField(
        _("probability"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    # A probability set by hand wins over the stage's until the stage changes.
    probability_by_hand = models.BooleanField(default=False)
    utm_source = models.ForeignKey(
        UtmSource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("UTM source"),
    )
    utm_medium = models.ForeignKey(
        UtmMedium,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("UTM medium"),
    )
    utm_campaign = models.ForeignKey(
        UtmCampaign,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("UTM campaign"),
    )
    product = models.ForeignKey(
        Product,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
        verbose_name=_("product of interest"),
    )
    external_id = models.CharField(_("external id"), max_length=200, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    # Facts about the address, kept on the lead so that the audience's count
    # reads one table: ``consent`` and ``delivery`` write them, ``winback
    # doctor`` compares them with the rows they stand for.
    blacklisted = models.BooleanField(_("blacklisted"), default=False)
    last_mailed_at = models.DateTimeField(_("last mailed"), null=True, blank=True)
    last_engaged_at = models.DateTimeField(_("last engaged"), null=True, blank=True)
    bounce_count = models.PositiveIntegerField(_("bounces"), default=0)
    # What the person wished of all our mail: until when none, and at most one in
    # so many days; None is no such wish.
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    mail_gap_days = models.PositiveSmallIntegerField(
        _("days between mails"), null=True, blank=True
    )
    # Mails since the last reaction that had time enough to be noticed.
    ignored_in_a_row = models.PositiveIntegerField(
        _("ignored in a row"), default=0, db_default=0
    )
    # Of the address as it is typed; ``clean_lead`` fills it, the DNS adds to it.
    # Most are good, so that rows from before it was known are born right.
    address_quality = models.CharField(
        _("address quality"),
        max_length=11,
        choices=AddressQuality.choices,
        blank=True,
        default=AddressQuality.GOOD,
        db_default=AddressQuality.GOOD,
    )

    title_folded = models.CharField(max_length=600, blank=True, editable=False)
    contact_name_folded = models.CharField(max_length=400, blank=True, editable=False)
    company_folded = models.CharField(max_length=400, blank=True, editable=False)
    email_folded = models.CharField(max_length=640, blank=True, editable=False)
    phone_folded = models.CharField(max_length=128, blank=True, editable=False)
    city_folded = models.CharField(max_length=240, blank=True, editable=False)
    external_id_folded = models.CharField(max_length=400, blank=True, editable=False)

    import_run = models.ForeignKey(
        "crm.ImportRun",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="created_leads",
        editable=False,
    )

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~Q(external_id=""),
                name="lead_external_id_once",
            ),
            models.CheckConstraint(
                condition=~Q(status="lost") | Q(lost_at__isnull=False, active=False),
                name="lead_lost_is_archived_and_dated",
            ),
        ]
        indexes = [
            # Serves finding a lead by address: imports, replies, refreshes of
            # the address facts above.
            models.Index(
                fields=["email_normalized"],
                condition=~Q(email_normalized=""),
                name="lead_by_address",
            ),
            # Serves the pipeline board.
            models.Index(
                fields=["stage", "-created_at"],
                condition=Q(active=True),
                name="lead_active_by_stage",
            ),
            models.Index(fields=["owner", "status"], name="lead_by_owner"),
            models.Index(fields=["-created_at", "-id"], name="lead_by_created_at"),
            # Serves audiences by lost reason, the recipe's shape: the columns to
            # the right let a count be read from the index alone. Its first
            # column also serves the key to lost reasons.
            models.Index(
                fields=[
                    "lost_reason",
                    "stage",
                    "-created_at",
                    "-id",
                    "status",
                    "active",
                    "blacklisted",
                ],
                name="lead_by_lost_reason",
            ),
            # Serves audiences by the date of the loss; open leads have none.
            models.Index(
                fields=["lost_at", "status", "active", "blacklisted"],
                condition=Q(lost_at__isnull=False),
                name="lead_by_lost_at",
            ),
            # Serves rules on bad addresses and the look for them; small, since
            # most are good.
            models.Index(
                fields=["address_quality"],
                condition=~Q(address_quality="good"),
                name="lead_by_bad_address",
            ),
            # Serves the people who have not reacted for long.
            models.Index(
                fields=["ignored_in_a_row"],
                condition=Q(ignored_in_a_row__gt=0),
                name="lead_by_ignored",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def first_name(self) -> str:
        """The first word of the contact name; empty if there is none."""
        return first_name_of(self.contact_name)
