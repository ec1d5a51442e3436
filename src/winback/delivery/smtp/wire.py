"""One socket under asyncio: commands out, replies in, each under a time-out."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections import deque
from typing import cast

from winback.delivery.rules import Outcome
from winback.delivery.smtp.replies import NonsenseError, Reply, ReplyReader
from winback.delivery.smtp.servers import LoopbackOnlyError, MailServer

CLOSING_SECONDS = 1.0


class ServerFaultError(Exception):
    """The talk with a server failed; ``outcome`` is SERVER or ACCOUNT."""

    def __init__(self, message: str, outcome: Outcome = Outcome.SERVER) -> None:
        super().__init__(message)
        self.outcome = outcome


class Wire(asyncio.Protocol):
    """Sends bytes, hands out replies in order, and knows when it is dead.

    A reply nobody asked for ends the connection: 421 is a server's good-bye,
    anything else means that questions and answers no longer fit together.
    """

    def __init__(self) -> None:
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._expected = 1  # the greeting
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()
        self.dead_because = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, received: bytes) -> None:
        try:
            replies = self._reader.feed(received)
        except NonsenseError as error:
            self.die(str(error))
            return
        for reply in replies:
            if self._expected == 0:
                self.die(f"{reply.code} {reply.text}")
                return
            self._expected -= 1
            self._replies.append(reply)
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost.set()
        self.die(str(exc) if exc else "the server closed the connection")

    def die(self, reason: str) -> None:
        """End the connection at once; the first reason is the one that is kept."""
        self.dead_because = self.dead_because or reason
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def write(self, octets: bytes, *, replies: int) -> None:
        """Send, and expect this many replies to it."""
        if self.dead_because or self._transport is None:
            raise ServerFaultError(self.dead_because)
        self._expected += replies
        self._transport.write(octets)

    async def reply(self) -> Reply:
        """The next reply. Raises ServerFaultError if the connection dies first."""
        while not self._replies:
            if self.dead_because:
                raise ServerFaultError(self.dead_because)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._replies.popleft()

    def within(self, seconds: float) -> asyncio.TimerHandle:
        """Die after so many seconds unless the handle is cancelled before."""
        return asyncio.get_running_loop().call_later(
            seconds, self.die, f"no answer within {seconds:g} seconds"
        )

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted. Raises ServerFaultError if trust cannot be made."""
        unfit = self.dead_because or not self._reader.is_empty
        if unfit or self._transport is None:
            raise ServerFaultError("the server spoke before encryption began")
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._transport, self, context, server_hostname=host
            )
        except OSError as error:  # ssl.SSLError is one
            raise ServerFaultError(f"encryption failed: {error}") from error
        self._transport = transport

    def close(self) -> None:
        """Close after what was written has gone out."""
        self.dead_because = self.dead_because or "closed by us"
        if self._transport is not None:
            self._transport.close()

    async def gone(self) -> None:
        """Wait until the socket is closed, but not for a server that hangs."""
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._lost.wait()
        except TimeoutError:
            self.die("it would not close")

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def open_wire(server: MailServer) -> Wire:
    """A connected wire whose greeting is still to be read.

    Raises ServerFaultError when the server cannot be reached, and
    LoopbackOnlyError where demo mode forbids it, by name and by the address
    that was really reached.
    """
    server.refuse_foreign(server.host)
    loop = asyncio.get_running_loop()
    context = server.tls_context() if server.scheme == "smtps" else None
    try:
        async with asyncio.timeout(server.connect_seconds):
            transport, wire = await loop.create_connection(
                Wire, server.host, server.port, ssl=context
            )
    except TimeoutError as error:
        raise ServerFaultError(f"{server.key} cannot be reached in time") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ServerFaultError(f"{server.key} cannot be reached: {reason}") from error
    peer = transport.get_extra_info("peername")
    if server.loopback_only and not ipaddress.ip_address(peer[0]).is_loopback:
        wire.die("demo mode")
        await wire.gone()
        raise LoopbackOnlyError(f"demo mode: {peer[0]} is not this machine")
    return wire
