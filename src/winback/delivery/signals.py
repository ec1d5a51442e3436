"""News from this room. Upper rooms listen; this room knows nothing of them.

``mails_sent``: ``recipient_ids`` (list of int) were accepted by the mail server
``at``. ``mailing_finished``: every recipient of ``mailing_id`` has a final fate.
Both are sent after the commit.
"""

from __future__ import annotations

from django.dispatch import Signal

mails_sent = Signal()
mailing_finished = Signal()
