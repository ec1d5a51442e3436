"""The mail server this installation is told to use."""

from __future__ import annotations

from django.conf import settings

from winback.delivery.addresses import wire_domain
from winback.delivery.smtp.servers import MailServer, parse_server_url


def configured_server() -> MailServer:
    """WINBACK_EMAIL_URL; in demo mode it will not leave this machine.

    Raises ServerUrlError if the address cannot be used.
    """
    return parse_server_url(
        settings.CONFIG.email_url,
        hello_name=wire_domain(settings.CONFIG.inbound_domain),
        loopback_only=settings.CONFIG.demo,
    )
