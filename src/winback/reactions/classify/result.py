"""What a message is, as plain values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date


class Kind(enum.StrEnum):
    BOUNCE = "bounce"
    DELIVERED = "delivered"
    AUTO_REPLY = "auto_reply"
    REPLY = "reply"
    COMPLAINT = "complaint"
    CHALLENGE = "challenge"
    UNSUBSCRIBE = "unsubscribe"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """One message read.

    ``bounce`` is hard, soft or ""; ``final`` is failed, delayed or "".

    ``recipients`` are the addresses that a bounce or complaint speaks of;
    ``mentioned_ids`` the Message-IDs it answers or encloses, nearest first.

    ``returns_on`` is the day on which an absent person says to be back,
    ``new_address`` the one that a changed-address notice names.
    """

    kind: Kind
    recipients: list[str] = field(default_factory=list)
    bounce: str = ""
    final: str = ""
    reason: str = ""
    status: str = ""
    diagnostic: str = ""
    visible_text: str = ""
    subject: str = ""
    message_id: str = ""
    from_address: str = ""
    mentioned_ids: list[str] = field(default_factory=list)
    returns_on: date | None = None
    new_address: str | None = None
