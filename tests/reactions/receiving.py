"""Messages that arrive in a test."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import NOW

from winback.reactions.services import inbound

LATER = NOW + timedelta(hours=3)


def receive(raw, to, *, at=LATER, sender="ann@example.org"):
    """Store and process one message; what became of it."""
    stored = inbound.store_message(raw, envelope_from=sender, envelope_to=to, now=at)
    inbound.process_waiting_messages(now=at)
    if stored:
        stored.refresh_from_db()
    return stored
