"""People who log in, and the teams they sell in."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from winback.accounts.rules import RIGHTS, Right, Role
from winback.core.choices import Language

ROLE_LABELS = {
    Role.MARKETING_USER: _("Marketing user"),
    Role.MARKETING_MANAGER: _("Marketing manager"),
    Role.SALES_USER: _("Sales user"),
    Role.SALES_MANAGER: _("Sales manager"),
    Role.ADMINISTRATOR: _("Administrator"),
}


class PeopleManager(UserManager["User"]):
    """Accounts are known by their address; there is no separate user name."""

    def create_user(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> User:
        fields.setdefault("role", Role.ADMINISTRATOR)
        return self.create_user(email, password, **fields)


class Team(models.Model):
    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """One person with a login and one role."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("email address"), unique=True)
    role = models.CharField(
        _("role"),
        max_length=20,
        choices=[(role.value, label) for role, label in ROLE_LABELS.items()],
        default=Role.SALES_USER.value,
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="members"
    )
    language = models.CharField(
        _("language"), max_length=8, choices=Language.choices, blank=True
    )
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    theme = models.CharField(
        _("theme"),
        max_length=5,
        choices=[
            ("auto", _("Like the device")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ],
        default="auto",
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[PeopleManager] = PeopleManager()

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def may(self, right: Right) -> bool:
        """Whether this person's role grants ``right``; never for a closed account."""
        return self.is_active and right in RIGHTS[Role(self.role)]


class NoticeTone(models.TextChoices):
    GOOD = "good", _("Good news")
    WARN = "warn", _("Look at this")
    BAD = "bad", _("Something stopped")


class Notice(models.Model):
    """News for one person, in their language, kept until they have read it.

    ``url`` is an address of ours, without host.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    at = models.DateTimeField()
    tone = models.CharField(max_length=4, choices=NoticeTone.choices)
    text = models.CharField(max_length=500)
    url = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            # Serves the number beside the bell on every page.
            models.Index(
                fields=["person"],
                condition=models.Q(seen_at__isnull=True),
                name="notice_unseen",
            ),
            models.Index(fields=["person", "-at"], name="notice_by_person"),
        ]

    def __str__(self) -> str:
        return self.text
