"""News from the rooms below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from winback.crm.models import Lead
from winback.results import services


def credit_restored_lead(
    sender: object, *, lead: Lead, at: datetime, cause: dict[str, Any], **_news: Any
) -> None:
    services.credit_restored_lead(lead, cause=cause, at=at)
