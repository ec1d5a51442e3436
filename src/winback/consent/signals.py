"""News from this room: ``address_refused`` and ``address_accepted``.

``addresses`` (a list of normalised addresses), ``topic_id`` (None: everything) and
``at``; a refusal also says which (``refusal``, of ``rules.Refusal``). Sent after
the rows are written.
"""

from __future__ import annotations

from django.dispatch import Signal

address_refused = Signal()
address_accepted = Signal()
