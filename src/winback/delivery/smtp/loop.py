"""A loop for few sockets and very many mails: one coroutine for each connection.

asyncio serves everything, and pays for each answer with a future, a task's step
and a callback: more than the rest of handing a mail over costs. Here a strand is
resumed directly when its socket has news, when a moment has come, or when
somebody wakes it. Coroutines wait in one way only: ``await news()`` until what
they wait for has happened, whoever resumed them.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import selectors
import socket
import time
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Protocol


@types.coroutine
def news() -> Generator[None, None, None]:
    """Let others work until somebody resumes this strand. May return for nothing."""
    yield


class Ears(Protocol):
    """Who is told that a socket can be read or written."""

    def on_socket(self, mask: int) -> None: ...


class Strand:
    """One coroutine of a loop."""

    __slots__ = ("_coroutine", "has_ended")

    def __init__(self, coroutine: Coroutine[None, None, None]) -> None:
        self._coroutine = coroutine
        self.has_ended = False

    def resume(self) -> None:
        """Go on until the next ``news()``. What the coroutine raises comes out."""
        try:
            self._coroutine.send(None)
        except StopIteration:
            self.has_ended = True
        except BaseException:
            self.has_ended = True
            raise


class Moment:
    """Something to be done at a time, unless it is cancelled before."""

    __slots__ = ("act",)

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class Loop:
    """Runs strands in the thread that calls ``run``.

    ``call`` alone may be used from other threads. ``after_turn`` is called when
    everything that had news was resumed, before anybody sleeps.
    """

    def __init__(self, *, after_turn: Callable[[], None] | None = None) -> None:
        self._selector = selectors.DefaultSelector()
        self._living = 0
        self._calls: deque[Callable[[], None]] = deque()
        self._moments: list[tuple[float, int, Moment]] = []
        self._numbers = itertools.count()
        self._after_turn = after_turn
        self._bell, self._hearing = socket.socketpair()
        self._bell.setblocking(False)
        self._hearing.setblocking(False)
        self._selector.register(self._hearing, selectors.EVENT_READ, None)
        self.now = time.monotonic()  # as of the beginning of this turn
        self.current: Strand | None = None

    def start(self, coroutine: Coroutine[None, None, None]) -> Strand:
        """A strand that begins at the next turn."""
        strand = Strand(coroutine)
        self._living += 1
        self.soon(strand)
        return strand

    def call(self, act: Callable[[], None]) -> None:
        """Do something in the loop's thread at its next turn. From any thread."""
        self._calls.append(act)
        # Full: it will wake up anyway. Closed: it has ended.
        with contextlib.suppress(OSError):
            self._bell.send(b"\0")

    def soon(self, strand: Strand) -> None:
        """Resume a strand at the next turn. From the loop's own thread."""
        self._calls.append(lambda: self.resume(strand))

    def resume(self, strand: Strand) -> None:
        """Resume a strand now; not from inside of another one."""
        if strand.has_ended:
            return
        self.current = strand
        strand.resume()
        if strand.has_ended:
            self._living -= 1

    def at(self, seconds: float, act: Callable[[], None]) -> Moment:
        """Do something in so many seconds; the answer cancels it."""
        moment = Moment(act)
        due = time.monotonic() + seconds
        heapq.heappush(self._moments, (due, next(self._numbers), moment))
        return moment

    async def sleep(self, seconds: float) -> None:
        """Wait; others go on."""
        strand, until = self.current, time.monotonic() + seconds
        assert strand is not None
        while (left := until - time.monotonic()) > 0:
            moment = self.at(left, lambda: self.resume(strand))
            await news()
            moment.cancel()

    def listen(self, sock: socket.socket, mask: int, ears: Ears) -> None:
        """Tell ``ears`` when the socket can be read or written, from now on."""
        if sock.fileno() in self._selector.get_map():
            self._selector.modify(sock, mask, ears)
        else:
            self._selector.register(sock, mask, ears)

    def forget(self, sock: socket.socket) -> None:
        """Tell nothing more about a socket, which is still open."""
        if sock.fileno() in self._selector.get_map():
            self._selector.unregister(sock)

    def run(self) -> None:
        """Until all strands have ended. What a strand raises ends it at once."""
        try:
            while self._living:
                self._turn()
        finally:
            self._selector.close()
            self._bell.close()
            self._hearing.close()

    def _turn(self) -> None:
        events = self._selector.select(self._patience())
        self.now = time.monotonic()
        for key, mask in events:
            if key.data is None:
                self._hear()
            else:
                key.data.on_socket(mask)
        for _ in range(len(self._calls)):
            self._calls.popleft()()
        while self._moments and self._moments[0][0] <= self.now:
            _, _, moment = heapq.heappop(self._moments)
            if moment.act is not None:
                moment.act()
        if self._after_turn is not None:
            self._after_turn()

    def _patience(self) -> float | None:
        if self._calls:
            return 0
        while self._moments and self._moments[0][2].act is None:
            heapq.heappop(self._moments)
        if not self._moments:
            return None
        return max(self._moments[0][0] - time.monotonic(), 0)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._hearing.recv(4096)
