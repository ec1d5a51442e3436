"""News from the leads' room."""

from __future__ import annotations

from typing import Any

from winback.consent import services


def keep_flags(sender: object, *, lead_ids: list[int], **_news: Any) -> None:
    """New leads, and leads with another address, learn what was said about it."""
    services.refresh_flags_of_leads(lead_ids)
