"""The mail server this installation is told to use, and who signs."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from winback.core import dkim
from winback.core.models import Installation
from winback.delivery.addresses import wire_domain
from winback.delivery.compose.dkim import DkimSigner, signatures
from winback.delivery.compose.skeleton import Signer
from winback.delivery.smtp.servers import MailServer, parse_server_url
from winback.mailings.models import Mailing


def configured_server() -> MailServer:
    """WINBACK_EMAIL_URL; in demo mode it will not leave this machine.

    Raises ServerUrlError if the address cannot be used.
    """
    return parse_server_url(
        settings.CONFIG.email_url,
        hello_name=wire_domain(settings.CONFIG.inbound_domain),
        loopback_only=settings.CONFIG.demo,
    )


def signer_for(mailing: Mailing) -> Signer | None:
    """Signs with every key of the mailing's From domain; None if it has none.

    Raises DkimKeyError if one of them cannot be used: mail of a domain that is
    to be signed does not go out unsigned.
    """
    address = mailing.from_address or Installation.current().sender_address
    keys = dkim.keys_for(settings.CONFIG.dkim, address.rpartition("@")[2])
    signers = [DkimSigner.of(dkim.load_key(key)) for key in keys]
    return partial(signatures, signers) if signers else None
