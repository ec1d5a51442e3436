"""Addresses of our pages as they stand in mails. ``reactions`` serves them."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings

from winback.core.tokens import TokenWriter, packed


class MailLinks:
    """Writes our addresses for many recipients.

    Numbers are given as ``tokens.packed`` gives them. Pixel and plain links are
    written in two pieces: the beginning that all share, and the person's token.
    """

    def __init__(self) -> None:
        base = settings.CONFIG.public_url
        self.open_prefix = f"{base}/t/o/"
        self.open_suffix = ".gif"
        self.click_prefix = f"{base}/t/c/"
        self._unsubscribe_prefix = f"{base}/u/"
        self._view_prefix = f"{base}/v/"
        self._open = TokenWriter("open")
        self._click = TokenWriter("click")
        self._unsubscribe = TokenWriter("unsubscribe")
        self._view = TokenWriter("view")

    def open_token(self, recipient: bytes) -> bytes:
        """The pixel's: ``sign("open", recipient)``."""
        return self._open.token(recipient)

    def click_token(self, recipient: bytes, link: bytes) -> bytes:
        """A tracked link whose target is stored: ``sign("click", recipient, link)``."""
        return self._click.token(recipient + link)

    def dynamic_click_url(self, recipient: bytes, link: bytes, target: str) -> str:
        """A tracked link whose target has merge fields: it travels along, signed.

        ``sign("click", recipient, link, extra=target)`` with ``?u=target``.
        """
        token = self._click.token(recipient + link, target.encode()).decode()
        return f"{self.click_prefix}{token}?u={quote(target, safe='')}"

    def unsubscribe_url(self, recipient: bytes) -> str:
        """The unsubscribe page, also the one-click POST of RFC 8058."""
        token = self._unsubscribe.token(recipient).decode()
        return f"{self._unsubscribe_prefix}{token}/"

    def view_url(self, recipient: bytes) -> str:
        """The mail as a page."""
        return f"{self._view_prefix}{self._view.token(recipient).decode()}/"


def open_url(recipient_id: int) -> str:
    """The pixel's whole address."""
    links = MailLinks()
    token = links.open_token(packed(recipient_id)).decode()
    return f"{links.open_prefix}{token}{links.open_suffix}"


def click_url(recipient_id: int, link_id: int) -> str:
    """The whole address of a tracked link whose target is stored."""
    links = MailLinks()
    token = links.click_token(packed(recipient_id), packed(link_id)).decode()
    return f"{links.click_prefix}{token}"


def dynamic_click_url(recipient_id: int, link_id: int, target: str) -> str:
    """The whole address of a tracked link whose target travels along."""
    numbers = packed(recipient_id), packed(link_id)
    return MailLinks().dynamic_click_url(*numbers, target)


def unsubscribe_url(recipient_id: int) -> str:
    """The address of one recipient's unsubscribe page."""
    return MailLinks().unsubscribe_url(packed(recipient_id))


def view_url(recipient_id: int) -> str:
    """The address of one recipient's mail as a page."""
    return MailLinks().view_url(packed(recipient_id))
