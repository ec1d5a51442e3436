"""Saved rule trees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FavouriteFilter(models.Model):
    """A rule tree under a name. Loading one into a mailing copies the tree."""

    name = models.CharField(_("name"), max_length=200)
    tree = models.JSONField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="favourite_filters",
    )
    is_shared = models.BooleanField(_("shared with everybody"), default=False)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name"], name="favourite_filter_name_once_per_owner"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DefaultFilter(models.Model):
    """The filter a person starts new mailings with."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="default_filter",
    )
    filter = models.ForeignKey(FavouriteFilter, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return f"{self.user_id} {self.filter_id}"
