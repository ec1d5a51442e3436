"""One socket in a loop: commands out, replies in, each under a time-out."""

from __future__ import annotations

import contextlib
import ipaddress
import selectors
import socket
import ssl
import threading
from collections import deque

from winback.delivery.rules import Outcome
from winback.delivery.smtp.loop import Loop, Moment, Strand, news
from winback.delivery.smtp.replies import NonsenseError, Reply, ReplyReader
from winback.delivery.smtp.servers import LoopbackOnlyError, MailServer

CLOSING_SECONDS = 1.0
READ_BYTES = 16_384
# Room for a whole mail, so that sending one is one call.
SEND_BUFFER_BYTES = 1 << 20
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class ServerFaultError(Exception):
    """The talk with a server failed; ``outcome`` is SERVER or ACCOUNT."""

    def __init__(self, message: str, outcome: Outcome = Outcome.SERVER) -> None:
        super().__init__(message)
        self.outcome = outcome


class Wire:
    """Sends bytes, hands out replies in order, and knows when it is dead.

    A reply nobody asked for ends the connection: 421 is a server's good-bye,
    anything else means that questions and answers no longer fit together.
    Belongs to the strand that talks on it, which ``on_socket`` resumes.
    """

    def __init__(self, loop: Loop, sock: socket.socket, strand: Strand) -> None:
        self.dead_because = ""
        self.has_timed_out = False
        self._loop = loop
        self._strand = strand
        self._socket = sock
        self._reader = ReplyReader()
        self._replies: deque[Reply] = deque()
        self._expected = 1  # the greeting
        self._unsent = b""
        self._is_shaking_hands = False
        self._deadline: float | None = None
        self._watch: Moment | None = None
        self._patience = 0.0
        loop.listen(sock, _READ, self)

    def write(self, octets: bytes, *, replies: int) -> None:
        """Send, and expect this many replies to it. Raises ServerFaultError."""
        if self.dead_because:
            raise ServerFaultError(self.dead_because)
        self._expected += replies
        if self._unsent:
            self._unsent += octets
        else:
            self._send(octets)

    async def reply(self) -> Reply:
        """The next reply. Raises ServerFaultError if the connection dies first."""
        while not self._replies:
            if self.dead_because:
                raise ServerFaultError(self.dead_because)
            await news()
        return self._replies.popleft()

    def within(self, seconds: float) -> None:
        """Die after so many seconds unless ``in_time`` is said before."""
        self._patience = seconds
        self._deadline = self._loop.now + seconds
        if self._watch is None:
            self._watch = self._loop.at(seconds, self._look_at_deadline)

    def in_time(self) -> None:
        """What was waited for has come."""
        self._deadline = None

    def die(self, reason: str) -> None:
        """End the connection at once; the first reason is the one that is kept."""
        if not self.dead_because:
            self.dead_because = reason
            if self._watch is not None:
                self._watch.cancel()
            self._loop.forget(self._socket)
            self._socket.close()

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Go on encrypted. Raises ServerFaultError if trust cannot be made."""
        if self.dead_because or not self._reader.is_empty or self._replies:
            raise ServerFaultError("the server spoke before encryption began")
        self._loop.forget(self._socket)
        try:
            encrypted = context.wrap_socket(
                self._socket, server_hostname=host, do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            self.die(f"encryption failed: {error}")
            raise ServerFaultError(self.dead_because) from error
        self._socket = encrypted
        self._is_shaking_hands = True
        await self._shake_hands(encrypted)
        self._is_shaking_hands = False
        self._loop.listen(self._socket, _READ, self)

    async def close(self) -> None:
        """Close after what was written has gone out, but wait for no hanging server."""
        if self.dead_because:
            return
        self.within(CLOSING_SECONDS)
        while self._unsent and not self.dead_because:
            await news()
        if not self.dead_because:
            # The other side reads what we have said, then our end.
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_WR)
        self.die("closed by us")

    def on_socket(self, mask: int) -> None:
        """The socket has news, for us or for the strand."""
        if not self._is_shaking_hands:
            if mask & _WRITE:
                self._send(b"")
            if mask & _READ and not self.dead_because:
                self._receive()
        self._loop.resume(self._strand)

    def _receive(self) -> None:
        try:
            received = self._socket.recv(READ_BYTES)
            while isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
                received += self._socket.recv(READ_BYTES)
        except _NOT_NOW:
            return
        except OSError as error:
            self.die(str(error))
            return
        self._take(received)
        if not received:
            self.die("the server closed the connection")

    def _take(self, received: bytes) -> None:
        try:
            self._hand_on(self._reader.feed(received))
        except NonsenseError as error:
            self._hand_on(error.said_before)
            self.die(str(error))

    def _hand_on(self, replies: list[Reply]) -> None:
        for reply in replies:
            if self._expected == 0:
                self.die(reply.words)
                return
            self._expected -= 1
            self._replies.append(reply)

    def _send(self, octets: bytes) -> None:
        was_waiting = bool(self._unsent)
        octets = self._unsent or octets
        try:
            sent = self._socket.send(octets)
        except _NOT_NOW:
            sent = 0
        except OSError as error:
            self._receive()  # what the server said before it went
            self.die(str(error))
            return
        self._unsent = octets[sent:] if sent < len(octets) else b""
        if bool(self._unsent) != was_waiting:
            mask = _READ | _WRITE if self._unsent else _READ
            self._loop.listen(self._socket, mask, self)

    def _look_at_deadline(self) -> None:
        self._watch = None
        if self._deadline is None:
            return
        left = self._deadline - self._loop.now
        if left > 0:
            self._watch = self._loop.at(left, self._look_at_deadline)
            return
        self.has_timed_out = True
        self.die(f"no answer within {self._patience:g} seconds")
        self._loop.resume(self._strand)

    async def _shake_hands(self, encrypted: ssl.SSLSocket) -> None:
        while True:
            if self.dead_because:
                raise ServerFaultError(f"encryption failed: {self.dead_because}")
            try:
                encrypted.do_handshake()
            except ssl.SSLWantReadError:
                self._loop.listen(encrypted, _READ, self)
            except ssl.SSLWantWriteError:
                self._loop.listen(encrypted, _WRITE, self)
            except OSError as error:  # ssl.SSLError is one
                self.die(f"encryption failed: {error}")
                raise ServerFaultError(self.dead_because) from error
            else:
                return
            await news()


async def open_wire(loop: Loop, server: MailServer) -> Wire:
    """A connected wire whose greeting is still to be read.

    Raises ServerFaultError when the server cannot be reached, and
    LoopbackOnlyError where demo mode forbids it, by name and by the address
    that was really reached.
    """
    server.refuse_foreign(server.host)
    strand = loop.current
    assert strand is not None
    sock = await _connected(loop, server, strand)
    peer = sock.getpeername()[0]
    if server.loopback_only and not ipaddress.ip_address(peer).is_loopback:
        sock.close()
        raise LoopbackOnlyError(f"demo mode: {peer} is not this machine")
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    wire = Wire(loop, sock, strand)
    if server.scheme == "smtps":
        wire.within(server.connect_seconds)
        await wire.start_tls(server.tls_context(), server.host)
        wire.in_time()
    return wire


async def _connected(loop: Loop, server: MailServer, strand: Strand) -> socket.socket:
    """Names are looked up in a thread: nothing else can be done about them."""
    ended: list[socket.socket | OSError] = []

    def dial() -> None:
        where = (server.host, server.port)
        try:
            ended.append(socket.create_connection(where, server.connect_seconds))
        except OSError as error:
            ended.append(error)
        loop.call(lambda: loop.resume(strand))

    threading.Thread(target=dial, name="dial", daemon=True).start()
    while not ended:
        await news()
    if isinstance(ended[0], TimeoutError):
        raise ServerFaultError(f"{server.key} cannot be reached in time")
    if isinstance(ended[0], OSError):
        reason = ended[0].strerror or str(ended[0])
        raise ServerFaultError(f"{server.key} cannot be reached: {reason}")
    return ended[0]
