"""An SMTP server for what comes back: replies, bounces, complaints.

It takes mail for our own signed addresses only, and answers 250 when the
message lies in the database; reading it comes later.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, Envelope, Session
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone

from winback.core.config import Config
from winback.delivery.addresses import parse_own_address
from winback.reactions.services.inbound import store_message
from winback.reactions.tasks import process_waiting_messages

logger = logging.getLogger(__name__)
MAX_MESSAGE_BYTES = 20 * 1024 * 1024
MAX_RECIPIENTS = 20
STORED = "250 2.0.0 Message stored"
TRY_LATER = "451 4.3.0 Cannot store the message now, try again later"


class InboundHandler:
    """aiosmtpd's hooks. Only RCPT and DATA differ from a plain server."""

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
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
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
    try:
        process_waiting_messages.delay()
    except Exception:  # the sweep reads it within a minute
        logger.warning("The reader of messages could not be woken.", exc_info=True)


def server_factory(hostname: str) -> Callable[[], SMTP]:
    """Makes the protocol of one connection."""

    def factory() -> SMTP:
        return SMTP(
            InboundHandler(),
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
    ready()
    async with server:
        await stop.wait()
