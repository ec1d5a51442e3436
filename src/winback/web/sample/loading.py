"""Loads the sample into an installation, once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from winback.accounts.models import Team, User
from winback.consent.models import BlacklistReason, Topic
from winback.consent.services import blacklist_address, opt_out
from winback.core.models import Installation
from winback.crm.models import Lead, Product
from winback.web.sample.leads import LeadWriter
from winback.web.sample.reading import DEFAULT_FOLDER, SampleFiles

# Where the made-up company's mails lead: a page of the demo mailbox.
DEMO_SHOP = "/mailbox/shop"
DEMO_LOGIN = "demo@winback.example"
COMPANY = {
    "company_name": "Loom & Lumen Trading",
    "postal_address": "12 Harbour Row\n1050 Exampleton",
    "currency": "EUR",
    "sender_name": "Marta of Loom & Lumen",
    "sender_address": "marta@loomlumen.example",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLoaded:
    """What is there now, and how to log in. ``leads`` counts the new ones only."""

    leads: int
    people: int
    blacklisted: int
    opted_out: int
    login: str
    password: str


def load_sample(*, now: datetime, folder: Path = DEFAULT_FOLDER) -> SampleLoaded:
    """Fill this installation with the sample; a second call changes nothing.

    All demo people share one password, made from the installation's own key: it
    differs between installations and can be told again at every start. Settings
    that somebody made are kept. All or nothing. Raises SampleMissingError.
    """
    files = SampleFiles.open(folder, now=now)
    password = demo_password()
    with transaction.atomic():
        people = _add_people(files, password)
        _fill_settings()
        if Lead.objects.filter(external_id__startswith="sample-").exists():
            leads = blacklisted = opted_out = 0
        else:
            _add_products(files)
            leads = LeadWriter(files).write()
            blacklisted, opted_out = _add_refusals(files)
    return SampleLoaded(
        leads=leads,
        people=people,
        blacklisted=blacklisted,
        opted_out=opted_out,
        login=DEMO_LOGIN,
        password=password,
    )


def demo_password() -> str:
    """The password of the demo's people here, the same at every call."""
    key = settings.SECRET_KEY.encode()
    digest = hmac.new(key, b"winback demo password", hashlib.sha256).hexdigest()
    return f"lamp-{digest[:4]}-{digest[4:8]}-{digest[8:12]}"


def _add_people(files: SampleFiles, password: str) -> int:
    """Add who is missing; people that are there keep their password and role."""
    known = set(User.objects.values_list("email", flat=True))
    new = [row for row in files.people() if row["email"] not in known]
    for row in new:
        team = row.pop("team")
        User.objects.create_user(
            row.pop("email"),
            password,
            team=Team.objects.get_or_create(name=team)[0] if team else None,
            **row,
        )
    return len(new)


def _fill_settings() -> None:
    """Fill what is empty; the demo's own shop moves with the demo's address."""
    installation = Installation.current()
    ours = COMPANY | {"website": f"{settings.CONFIG.public_url}{DEMO_SHOP}"}
    if installation.website.endswith(DEMO_SHOP):
        installation.website = ""
    empty = [name for name in ours if not getattr(installation, name)]
    for name in empty:
        setattr(installation, name, ours[name])
    installation.save(update_fields=empty)


def _add_products(files: SampleFiles) -> None:
    for row in files.products():
        Product.objects.get_or_create(
            name=row["name"],
            defaults={
                "code": row["code"],
                "price": Decimal(row["price"]),
                "currency": "EUR",
                "stock": int(row["stock"]),
            },
        )


def _add_refusals(files: SampleFiles) -> tuple[int, int]:
    """How many addresses are blacklisted, and how many opted out of the topic."""
    topic = Topic.objects.get(is_default=True)
    blacklisted = opted_out = 0
    for refusal in files.refusals():
        if refusal.reason:
            reason = BlacklistReason(refusal.reason)
            blacklisted += blacklist_address(
                refusal.address, reason=reason, now=refusal.at
            )
        else:
            opt_out(refusal.address, topic, reason="", mailing_id=None, now=refusal.at)
            opted_out += 1
    return blacklisted, opted_out
