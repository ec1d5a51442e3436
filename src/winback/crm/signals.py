"""News from this room. Upper rooms listen; this room knows nothing of them.

``leads_written``: ``lead_ids`` (list of int) were created, or their address
changed. ``lead_lost``, ``lead_restored``, ``lead_won``: ``lead``, ``at``, ``by``
(a User or None) and, for a restore, ``cause`` (a dict as given to
``services.restore_leads``, e.g. ``{"recipient_id": 7}``; empty for a person).
``addresses_refused``: people who, as an import says, must not be written to:
``addresses`` (normalised), ``at``, ``by``.
"""

from __future__ import annotations

from django.dispatch import Signal

leads_written = Signal()
lead_lost = Signal()
lead_restored = Signal()
lead_won = Signal()
addresses_refused = Signal()
