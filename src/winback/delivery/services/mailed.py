"""``Lead.last_mailed_at``: the ledger's word, kept on the lead for quick counting."""

from __future__ import annotations

from collections.abc import Collection

from winback.delivery.queries import last_sent_at, leads_mailed_later_than_noted


def refresh_last_mailed(lead_ids: Collection[int]) -> None:
    """New leads, and leads with another address, learn when it was mailed."""
    late = leads_mailed_later_than_noted().filter(pk__any_of=lead_ids)
    late.update(last_mailed_at=last_sent_at())


def repair_last_mailed() -> int:
    """Bring every date that is behind the ledger forward by one UPDATE; how many.

    A date is never put back: it may have come with an import.
    """
    return leads_mailed_later_than_noted().update(last_mailed_at=last_sent_at())
