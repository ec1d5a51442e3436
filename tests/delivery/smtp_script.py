"""A real SMTP server on loopback that does what a test tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Script = Callable[["Session", str], "bytes | None"]
DROP = b"<drop>"
SILENCE = b"<silence>"
FORGET = b"<forget>"  # before an answer: what came together with the command is lost


@dataclass
class Session:
    """One connection's state as a script may see it."""

    number: int
    sender: str = ""
    recipient: str = ""
    mails: int = 0


@dataclass
class ScriptedServer:
    """Answers like a good server unless ``script`` says otherwise.

    ``script(session, event)`` gets "connect", each command line, "354" before
    content is read, "half" after its first bytes, "content" after the dot; it
    gives bytes to answer with, DROP, SILENCE or None for the usual answer.
    """

    script: Script = lambda session, event: None
    features: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000")
    tls: ssl.SSLContext | None = None
    port: int = 0
    keeps_mails: bool = True
    pause: Callable[[], float] = lambda: 0.0  # seconds before a content is answered
    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    sessions: int = 0
    open_now: int = 0
    most_open: int = 0

    async def talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sessions += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            await _Talk(self, Session(self.sessions), reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError, _DroppedError):
            pass
        finally:
            self.open_now -= 1
            writer.transport.abort()


class _DroppedError(Exception):
    pass


@dataclass
class _Talk:
    server: ScriptedServer
    session: Session
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def run(self) -> None:
        await self.say("connect", b"220 scripted\r\n")
        while line := await self.reader.readline():
            command = line.decode().rstrip("\r\n")
            self.server.commands.append(command)
            if await self.command(command):
                return

    async def say(self, event: str, usual: bytes) -> bytes:
        answer = self.server.script(self.session, event)
        answer = usual if answer is None else answer
        if answer == DROP:
            raise _DroppedError
        if answer == SILENCE:
            await asyncio.sleep(3600)
        if answer.startswith(FORGET):
            answer = answer.removeprefix(FORGET)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.reader.read(1 << 20), 0.01)
        self.writer.write(answer)
        await self.writer.drain()
        return answer

    async def command(self, command: str) -> bool:
        verb = command.split(" ")[0].split(":")[0].upper()
        if verb == "EHLO":
            lines = ["scripted", *self.server.features]
            usual = "".join(f"250-{line}\r\n" for line in lines[:-1])
            await self.say(command, f"{usual}250 {lines[-1]}\r\n".encode())
        elif verb == "DATA":
            await self.data()
        elif verb == "BDAT":
            await self.chunk(command)
        elif verb == "STARTTLS":
            await self.say(command, b"220 go\r\n")
            assert self.server.tls is not None
            await self.writer.start_tls(self.server.tls)
        elif verb == "AUTH":
            await self.say(command, b"235 in\r\n")
        elif verb == "QUIT":
            await self.say(command, b"221 bye\r\n")
            return True
        else:
            await self.envelope(verb, command)
        return False

    async def envelope(self, verb: str, command: str) -> None:
        orphan = verb == "RCPT" and not self.session.sender
        usual = b"503 who from?\r\n" if orphan else b"250 ok\r\n"
        answer = await self.say(command, usual)
        address = command.partition("<")[2].partition(">")[0]
        if verb in {"MAIL", "RSET"}:
            self.session.recipient = ""
            self.session.sender = address if answer.startswith(b"250") else ""
        elif answer.startswith(b"250"):
            self.session.recipient = address

    async def data(self) -> None:
        usual = b"354 go\r\n" if self.session.recipient else b"554 nobody\r\n"
        answer = await self.say("DATA", usual)
        if not answer.startswith(b"354"):
            return
        first = await self.reader.readline()
        if self.server.script(self.session, "half") == DROP:
            raise _DroppedError
        content = bytearray()
        line = first
        while line != b".\r\n":
            content += line.removeprefix(b".")
            line = await self.reader.readline()
            if not line:
                raise _DroppedError
        await self.taken(bytes(content))

    async def chunk(self, command: str) -> None:
        """RFC 3030: the content is read even where nobody is to get it."""
        content = await self.reader.readexactly(int(command.split(" ")[1]))
        if self.session.recipient:
            await self.taken(content)
        else:
            await self.say("BDAT", b"503 nobody\r\n")

    async def taken(self, content: bytes) -> None:
        await asyncio.sleep(self.server.pause())
        usual = b"250 taken\r\n"
        answer = self.server.script(self.session, "content") or usual
        if answer.startswith((b"250", b"<drop after")) or answer == SILENCE:
            self.keep(content)
        if answer.startswith(b"<drop"):
            raise _DroppedError
        if answer == SILENCE:
            await asyncio.sleep(3600)
        self.writer.write(answer)
        await self.writer.drain()

    def keep(self, content: bytes) -> None:
        self.session.mails += 1
        if self.server.keeps_mails:
            mail = (self.session.sender, self.session.recipient, content)
            self.server.mails.append(mail)


@contextlib.contextmanager
def running(server: ScriptedServer, *, tls: bool = False) -> Iterator[ScriptedServer]:
    """The server in a thread of its own, on a free port of 127.0.0.1."""
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def serve() -> None:
        listener = await asyncio.start_server(
            server.talk, "127.0.0.1", server.port, ssl=server.tls if tls else None
        )
        server.port = listener.sockets[0].getsockname()[1]
        started.set()
        await stop.wait()
        listener.close()
        talks = [task for task in asyncio.all_tasks() if task is not main]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    stop = asyncio.Event()
    main = loop.create_task(serve())
    thread = threading.Thread(target=loop.run_until_complete, args=(main,))
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def wait_for(truth: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait until ``truth()`` holds; fails the test if it does not in time."""
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
