"""The installation's brand kit: reading and saving it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from winback.accounts.models import User
from winback.content.branding.rules import LOGO_HEIGHT, LOGO_MAX_WIDTH, Brand
from winback.content.models import BrandKit, BrandLogo
from winback.content.pictures import CONTENT_TYPES, PreparedPicture
from winback.core.audit import record


@dataclass(frozen=True, slots=True, kw_only=True)
class KitChanges:
    """What a brand kit is to be. ``logo`` None leaves the one there is."""

    accent: str
    page: str
    text: str
    font: str
    links: Sequence[tuple[str, str]]
    logo: PreparedPicture | None = None
    removes_logo: bool = False


def current_kit() -> BrandKit:
    """The row, not saved yet if nobody has changed anything."""
    kit = BrandKit.objects.select_related("logo").defer("logo__data").first()
    return kit or BrandKit(pk=1)


def current_brand() -> Brand:
    """The values that templates are filled with. One query."""
    return brand_of(current_kit())


def brand_of(kit: BrandKit) -> Brand:
    return Brand(
        accent=kit.accent,
        page=kit.page,
        text=kit.text,
        font=kit.font,
        logo_url=logo_url(kit.logo) if kit.logo else "",
        logo_width=shown_width(kit.logo.width, kit.logo.height) if kit.logo else 0,
        links=tuple((str(name), str(url)) for name, url in kit.links),
    )


def shown_width(width: int, height: int) -> int:
    """How wide a logo is shown, in px: 40 high at most, never beyond its own size."""
    fits = min(LOGO_HEIGHT / height, LOGO_MAX_WIDTH / width, 1.0)
    return max(1, round(width * fits))


def logo_url(logo: BrandLogo) -> str:
    """Where mails find it, for whoever reads them."""
    path = reverse("content:brand-logo", args=[logo.digest])
    return f"{settings.CONFIG.public_url}{path}"


@transaction.atomic
def save_kit(changes: KitChanges, *, by: User, now: datetime) -> BrandKit:
    """Save the kit. Mailings that have begun from a template stay as they are."""
    kit = current_kit()
    kit.accent, kit.page, kit.text = changes.accent, changes.page, changes.text
    kit.font = changes.font
    kit.links = [list(link) for link in changes.links]
    if changes.removes_logo:
        kit.logo = None
    if changes.logo is not None:
        kit.logo = _stored(changes.logo, now=now)
    kit.save()
    record("content.save_brand", actor=by, subject="brand", subject_id=1, at=now)
    return kit


def _stored(logo: PreparedPicture, *, now: datetime) -> BrandLogo:
    stored, _made = BrandLogo.objects.get_or_create(
        digest=hashlib.sha256(logo.data).hexdigest(),
        defaults={
            "media_type": CONTENT_TYPES[logo.kind],
            "data": logo.data,
            "width": logo.width,
            "height": logo.height,
            "created_at": now,
        },
    )
    return stored
