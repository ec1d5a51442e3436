"""Addresses of our pages as they stand in mails. ``reactions`` serves them."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from winback.core.tokens import sign


def open_url(recipient_id: int) -> str:
    """The pixel: ``sign("open", recipient)``."""
    return f"{settings.CONFIG.public_url}/t/o/{sign('open', recipient_id)}.gif"


def click_url(recipient_id: int, link_id: int) -> str:
    """A tracked link whose target is stored: ``sign("click", recipient, link)``."""
    token = sign("click", recipient_id, link_id)
    return f"{settings.CONFIG.public_url}/t/c/{token}"


def dynamic_click_url(recipient_id: int, link_id: int, target: str) -> str:
    """A tracked link whose target has merge fields: it travels along, signed.

    ``sign("click", recipient, link, extra=target)`` with ``?u=target``.
    """
    token = sign("click", recipient_id, link_id, extra=target)
    return f"{settings.CONFIG.public_url}/t/c/{token}?u={quote(target, safe='')}"


def unsubscribe_url(recipient_id: int) -> str:
    """The unsubscribe page, also the one-click POST of RFC 8058."""
    return f"{settings.CONFIG.public_url}/u/{sign('unsubscribe', recipient_id)}/"


def view_url(recipient_id: int) -> str:
    """The mail as a page."""
    return f"{settings.CONFIG.public_url}/v/{sign('view', recipient_id)}/"
