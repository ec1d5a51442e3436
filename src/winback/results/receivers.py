"""News from the rooms below."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from winback.results import services


def credit_restored_leads(
    sender: object,
    *,
    lead_ids: list[int],
    at: datetime,
    cause: dict[str, Any],
    **_news: Any,
) -> None:
    services.credit_restored_leads(lead_ids, cause=cause, at=at)


def withdraw_restored_leads(
    sender: object, *, lead_ids: list[int], restored_at: datetime, **_news: Any
) -> None:
    services.withdraw_restored_leads(lead_ids, restored_at=restored_at)
