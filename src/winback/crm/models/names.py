"""What leads are described with: stages, lost reasons, tags, products, UTM names."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def translated(name: str, translations: Mapping[str, str]) -> str:
    """A name in the active language, ``name`` itself where nobody translated it."""
    return str(translations.get(get_language() or "") or name)


class TranslatedName(models.Model):
    """A name people choose, with its translations; ``name`` itself is the key."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    # {"uk": "Задорого", "fa": "..."}: a language that is missing shows ``name``.
    name_translations = models.JSONField(_("translations"), default=dict, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return translated(self.name, self.name_translations)


class Stage(TranslatedName):
    """A column of the pipeline."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_won = models.BooleanField(_("won stage"), default=False)
    probability = models.DecimalField(
        _("default probability"), max_digits=5, decimal_places=2, default=Decimal(10)
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]


class LostReason(TranslatedName):
    """Why a lead was lost. In use it can be archived, never deleted (PROTECT)."""

    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]


class NamedRecord(models.Model):
    name = models.CharField(_("name"), max_length=200, unique=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tag(NamedRecord):
    pass


class UtmSource(NamedRecord):
    pass


class UtmMedium(NamedRecord):
    pass


class UtmCampaign(NamedRecord):
    pass


class Product(NamedRecord):
    """What leads are interested in. Price and stock tell when a reason is gone."""

    code = models.CharField(_("code"), max_length=64, blank=True)
    price = models.DecimalField(
        _("price"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    stock = models.IntegerField(_("in stock"), null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
