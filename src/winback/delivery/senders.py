"""The senders of this installation: which server takes whose mail, and who signs.

Only the environment names them (WINBACK_EMAIL_URL): who sends for a domain, and
how much, is for whoever runs the machine to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial

from django.conf import settings
from django.utils.translation import gettext as _

from winback.core import dkim
from winback.core.models import Installation
from winback.core.provider_config import is_provider_url
from winback.core.sender_urls import (
    SenderOptions,
    refuse_ambiguity,
    split_sender_url,
    wire_spelling,
)
from winback.delivery.addresses import wire_domain
from winback.delivery.compose.dkim import DkimSigner, signatures
from winback.delivery.compose.skeleton import Signer
from winback.delivery.providers.provider import Provider, parse_provider_url
from winback.delivery.rules.limits import Limit, warmup_day
from winback.delivery.smtp.servers import (
    LoopbackOnlyError,
    MailServer,
    ServerUrlError,
    parse_server_url,
)
from winback.mailings.models import Mailing

Server = MailServer | Provider


class NoSenderError(Exception):
    """No sender serves this From address; the message says so to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One way out: a server or provider, whom it serves, and how much it may send.

    ``key`` is what holds, limits and warm-up of this sender are kept under:
    changing it begins them anew.
    """

    key: str
    server: Server
    options: SenderOptions = field(default_factory=SenderOptions)

    @property
    def where(self) -> str:
        """The server, fit for a person; no login."""
        if isinstance(self.server, Provider):
            return self.server.key
        return f"{self.server.host}:{self.server.port}"

    @property
    def limit(self) -> Limit:
        """What it may send in all, its warm-up included."""
        return Limit(
            per_hour=self.options.per_hour,
            per_day=self.options.per_day,
            warmup_on=self.options.warmup_on,
        )

    def warmup_day(self, today: date) -> int | None:
        """The number of the day in its warm-up plan; None without or after one."""
        first_day = self.options.warmup_on
        return None if first_day is None else warmup_day(first_day, today)


def senders() -> tuple[Sender, ...]:
    """All senders, as configured. In demo mode none will leave this machine.

    Raises ServerUrlError if WINBACK_EMAIL_URL cannot be used.
    """
    return read_senders(
        settings.CONFIG.email_urls,
        hello_name=wire_domain(settings.CONFIG.inbound_domain),
        is_demo=settings.CONFIG.demo,
    )


def sender_for(address: str) -> Sender:
    """The one sender of mail from ``address``: by its domain, exactly.

    Raises NoSenderError if there is none: mail of a domain never goes out
    through a server that was not meant for it. Raises ServerUrlError as
    ``senders`` does.
    """
    domain = wire_spelling(address.rpartition("@")[2])
    rest: Sender | None = None
    for sender in senders():
        if domain in sender.options.domains:
            return sender
        if not sender.options.domains:
            rest = sender
    if rest is None:
        raise NoSenderError(
            _(
                "No sender is set up for mail from %(domain)s. Choose another from "
                "address, or let the administrator add a sender for this domain."
            )
            % {"domain": domain or "?"}
        )
    return rest


@lru_cache(maxsize=8)
def read_senders(
    urls: tuple[str, ...], *, hello_name: str, is_demo: bool
) -> tuple[Sender, ...]:
    """Senders of their addresses, in the same order: see ``core.sender_urls``.

    Raises ServerUrlError saying what is wrong.
    """
    if not urls:
        raise ServerUrlError("no sender is named")
    try:
        found = tuple(
            _read(url, hello_name=hello_name, is_demo=is_demo) for url in urls
        )
        refuse_ambiguity([one.key for one in found], [one.options for one in found])
    except (ValueError, LoopbackOnlyError) as error:
        raise ServerUrlError(str(error)) from error
    return found


def _read(url: str, *, hello_name: str, is_demo: bool) -> Sender:
    of_server, options = split_sender_url(url)
    server: Server
    if is_provider_url(of_server):
        server = parse_provider_url(of_server, is_demo=is_demo)
    else:
        server = parse_server_url(
            of_server, hello_name=hello_name, loopback_only=is_demo
        )
    return Sender(key=options.name or server.key, server=server, options=options)


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
