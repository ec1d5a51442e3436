"""News from this room. Upper rooms listen; this room knows nothing of them.

Every signal speaks of many leads at once (``lead_ids``, a list of int), up to
some thousands, and comes inside the transaction that changed them: a receiver
must do with a number of queries that does not grow with the leads.

``leads_written``: leads were created, or their address changed.
``leads_lost``, ``leads_restored``, ``leads_won``: also ``at``, ``by`` (a User or
None) and, for a restore, ``cause`` (a dict as given to
``services.restore_leads``, e.g. ``{"recipient_id": 7}``; empty for a person).
``restores_undone``: a restore was a mistake and the leads are lost as before: also
``restored_at``, ``at``, ``by``.
``names_wanted``: a question rather than news. Names (stages, tags, ...) are about
to be removed: ``target`` (the field of rules and imports that speaks of them) and
``ids`` (a frozenset). A receiver answers with those that its room still needs.
``addresses_refused``: people who, as an import says, must not be written to:
``addresses`` (normalised), ``at``, ``by``.
"""

from __future__ import annotations

from django.dispatch import Signal

leads_written = Signal()
leads_lost = Signal()
leads_restored = Signal()
leads_won = Signal()
restores_undone = Signal()
addresses_refused = Signal()
names_wanted = Signal()
