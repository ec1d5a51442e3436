"""News from the leads' room."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.consent import services


def keep_facts(sender: object, *, lead_ids: list[int], **_news: Any) -> None:
    """New leads, and leads with another address, learn what was said about it."""
    services.refresh_facts_of_leads(lead_ids)


def keep_wishes(
    sender: object, *, addresses: list[str], at: datetime, by: User | None, **_news: Any
) -> None:
    """People who said no where their leads come from are not written to here."""
    rows = [(address, _("Said no before the import")) for address in addresses]
    services.import_blacklist(rows, by=by, now=at)
