"""Our own addresses for one recipient, one by one."""

from __future__ import annotations

from winback.delivery.addresses import own_addresses


def verp_address(recipient_id: int) -> str:
    return own_addresses(recipient_id).verp


def reply_address(recipient_id: int) -> str:
    return own_addresses(recipient_id).reply


def unsubscribe_address(recipient_id: int) -> str:
    return own_addresses(recipient_id).unsubscribe


def message_id(recipient_id: int) -> str:
    return own_addresses(recipient_id).message_id
