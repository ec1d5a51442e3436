"""The mail server of the demo: takes everything, keeps it, passes nothing on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings

from winback.web.mailbox.rules import read_summary
from winback.web.mailbox.store import Delivery, MailStore

HOST = "127.0.0.1"  # never anything else: the demo must not reach the internet
LARGEST_MAIL_BYTES = 50 * 1024 * 1024
GATHER_SECONDS = 0.004
STORED = "250 2.0.0 Kept in the demo mailbox"
_Waiting = tuple[list[Delivery], "asyncio.Future[None]"]


class Keeper:
    """aiosmtpd's handler; says 250 only once the message is on disk.

    Messages that arrive within a few milliseconds share one transaction, so
    that many connections are not slowed down to the disk's pace.
    """

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        # aiosmtpd reads one command after the other from its stream, which is
        # all that RFC 2920 asks of a server.
        return [responses[0], "250-PIPELINING", *responses[1:]]

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._waiting.put((self._deliveries(envelope), stored))
        try:
            await stored
        except OSError as error:
            return f"452 4.3.1 Cannot keep it: {error.strerror}"
        return STORED

    async def write(self) -> None:
        """Runs for ever beside the server and writes what arrived."""
        while True:
            batch = [await self._waiting.get()]
            await asyncio.sleep(GATHER_SECONDS)
            while not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._write_batch(batch)

    async def _write_batch(self, batch: list[_Waiting]) -> None:
        deliveries = [delivery for some, _ in batch for delivery in some]
        error: Exception | None = None
        try:
            await asyncio.to_thread(self._store.add, deliveries)
        except Exception as raised:  # told to each sender as a 4xx
            error = OSError(0, str(raised).splitlines()[0])
        for _, stored in batch:
            if stored.done():
                continue
            if error is None:
                stored.set_result(None)
            else:
                stored.set_exception(error)

    @staticmethod
    def _deliveries(envelope: Envelope) -> list[Delivery]:
        raw = envelope.original_content or b""
        sender, subject = read_summary(raw)
        return [
            Delivery(
                received_at=datetime.now(UTC),
                # aiosmtpd keeps the brackets of the empty sender of reports.
                envelope_sender=(envelope.mail_from or "").strip("<>"),
                envelope_recipient=recipient,
                sender=sender,
                subject=subject,
                raw=raw,
            )
            for recipient in envelope.rcpt_tos
        ]


async def serve(
    store: MailStore, *, port: int, stop: asyncio.Event, started: asyncio.Future[int]
) -> None:
    """Listen until ``stop``; ``started`` is given the port (for port 0)."""
    loop = asyncio.get_running_loop()
    keeper = Keeper(store)
    writing = asyncio.create_task(keeper.write())
    server = await loop.create_server(
        lambda: SMTP(
            keeper,
            data_size_limit=LARGEST_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",
            ident="Winback demo mailbox",
            loop=loop,
        ),
        host=HOST,
        port=port,
    )
    started.set_result(server.sockets[0].getsockname()[1])
    try:
        await stop.wait()
    finally:
        server.close()
        writing.cancel()


def mailbox_store() -> MailStore:
    return MailStore(settings.CONFIG.home / "mailbox.sqlite3")


def serve_until_stopped(*, port: int) -> None:
    """The process ``winback mailbox``; SIGTERM and Ctrl-C end it."""

    async def run() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await serve(mailbox_store(), port=port, stop=stop, started=loop.create_future())

    asyncio.run(run())


@contextlib.contextmanager
def running_mailbox(path: Path, *, port: int = 0) -> Iterator[int]:
    """A mailbox in a thread of this process; gives its port."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    started: asyncio.Future[int] = loop.create_future()
    is_listening = threading.Event()
    started.add_done_callback(lambda _: is_listening.set())

    async def run() -> None:
        try:
            await serve(MailStore(path), port=port, stop=stop, started=started)
        except OSError as error:
            started.set_exception(error)

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),))
    thread.start()
    try:
        is_listening.wait()
        yield started.result()
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
