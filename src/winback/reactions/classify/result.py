"""What a message is, as plain values."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field


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
