"""News from this room. Upper rooms listen; this room knows nothing of them.

``mailing_due_changed``: ``mailing_id`` was scheduled, resumed, paused, taken
back or cancelled: whoever sends should look at it. Sent after the commit.
"""

from __future__ import annotations

from django.dispatch import Signal

mailing_due_changed = Signal()
