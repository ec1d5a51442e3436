"""The mail server this installation is told to use, and who signs."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from winback.core import dkim
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.delivery.addresses import wire_domain
from winback.delivery.compose.dkim import DkimSigner, signatures
from winback.delivery.compose.skeleton import Signer
from winback.delivery.providers.provider import Provider, parse_provider_url
from winback.delivery.smtp.servers import MailServer, parse_server_url
from winback.mailings.models import Mailing

Server = MailServer | Provider


def configured_server() -> Server:
    """WINBACK_EMAIL_URL; in demo mode it will not leave this machine.

    Raises ServerUrlError if the address cannot be used, LoopbackOnlyError for a
    provider in demo mode.
    """
    url = settings.CONFIG.email_url
    if is_provider_url(url):
        return parse_provider_url(url, is_demo=settings.CONFIG.demo)
    return parse_server_url(
        url,
        hello_name=wire_domain(settings.CONFIG.inbound_domain),
        loopback_only=settings.CONFIG.demo,
    )


def signer_for(mailing: Mailing, server: Server) -> Signer | None:
    """Signs with every key of the mailing's From domain; None if it has none.

    None for a provider, too: it writes the mail anew, and signs it. Raises
    DkimKeyError if a key cannot be used: mail of a domain that is to be signed
    does not go out unsigned.
    """
    if isinstance(server, Provider):
        return None
    address = mailing.from_address or Installation.current().sender_address
    keys = dkim.keys_for(settings.CONFIG.dkim, address.rpartition("@")[2])
    signers = [DkimSigner.of(dkim.load_key(key)) for key in keys]
    return partial(signatures, signers) if signers else None
