"""An SMTP and LMTP server for what comes back: replies, bounces, complaints.

It takes mail for our own signed addresses only, and answers 250 when the
message lies in the database; reading it comes later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone

from winback.core.config import Config
from winback.delivery.addresses import parse_own_address
from winback.reactions.services.inbound import store_message
from winback.reactions.tasks import wake_reader

logger = logging.getLogger(__name__)
MAX_MESSAGE_BYTES = 20 * 1024 * 1024
MAX_RECIPIENTS = 20
STORED = "250 2.0.0 Message stored"
TRY_LATER = "451 4.3.0 Cannot store the message now, try again later"


class InboundHandler:
    """aiosmtpd's hooks. Only RCPT and DATA differ from a plain server."""

    max_recipients = MAX_RECIPIENTS

    async def handle_RCPT(  # noqa: N802 - the hook's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        if parse_own_address(address) is None:
            return "550 5.1.1 No such address here"
        if len(envelope.rcpt_tos) >= self.max_recipients:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        try:
            await sync_to_async(_store)(envelope)
        except Exception:
            logger.exception("An incoming message could not be stored.")
            return TRY_LATER
        return STORED


class LmtpHandler(InboundHandler):
    """LMTP answers DATA once for each recipient (RFC 2033, section 4.2): with one
    at a time no answer can be taken for another's. Our addresses are one for each
    message anyway; the sending server comes back with the rest."""

    max_recipients = 1


def _store(envelope: Envelope) -> None:
    close_old_connections()
    content = envelope.content
    raw = content if isinstance(content, bytes) else str(content or "").encode()
    for address in envelope.rcpt_tos:
        store_message(
            raw,
            envelope_from=(envelope.mail_from or "").strip("<>"),
            envelope_to=address,
            now=timezone.now(),
        )
    wake_reader()


def server_factory(hostname: str) -> Callable[[], SMTP]:
    """Makes the protocol of one SMTP connection."""
    return _factory(SMTP, InboundHandler(), hostname)


def lmtp_factory(hostname: str) -> Callable[[], SMTP]:
    """Makes the protocol of one LMTP connection."""
    return _factory(LMTP, LmtpHandler(), hostname)


def _factory(
    kind: type[SMTP], handler: InboundHandler, hostname: str
) -> Callable[[], SMTP]:
    def factory() -> SMTP:
        return kind(
            handler,
            hostname=hostname,
            ident="Winback",
            data_size_limit=MAX_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            timeout=120,
        )

    return factory


async def listen(config: Config, *, ready: Callable[[], None]) -> None:
    """Serve until the process is asked to end. Raises OSError for a taken port."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(
        server_factory(config.inbound_domain),
        config.inbound_bind,
        config.inbound_port,
    )
    async with server, lmtp_server(config):
        ready()
        await stop.wait()


@contextlib.asynccontextmanager
async def lmtp_server(config: Config) -> AsyncIterator[None]:
    """The LMTP server on its port or socket, if there is to be one."""
    where, factory = config.inbound_lmtp, lmtp_factory(config.inbound_domain)
    loop = asyncio.get_running_loop()
    if not where:
        yield
    elif where.startswith("/"):
        _remove_left_over(Path(where))
        # Its folder decides who may connect; the mail server's user needs to write.
        async with await loop.create_unix_server(factory, where):
            os.chmod(where, 0o666)  # noqa: S103
            try:
                yield
            finally:
                Path(where).unlink(missing_ok=True)
    else:
        host, _colon, port = where.rpartition(":")
        async with await loop.create_server(factory, host.strip("[]"), int(port)):
            yield


def _remove_left_over(path: Path) -> None:
    """The socket of a process that died; one that answers is left alone.

    Raises OSError if somebody listens there.
    """
    if not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(f"somebody listens on {path} already")
