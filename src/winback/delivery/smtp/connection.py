"""One SMTP session: hello, encryption, login, then mail after mail."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from winback.core.config import is_loopback
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.rules import Outcome, Stage, judge_answer
from winback.delivery.smtp.replies import Reply
from winback.delivery.smtp.servers import MailServer
from winback.delivery.smtp.wire import ServerFaultError, Wire, open_wire

# Servers that offered PIPELINING and answered in part: for as long as we run,
# they get commands one by one.
_LIARS: set[str] = set()
STAGES = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one hand-over, with the server's last words."""

    outcome: Outcome
    text: str


@dataclass(slots=True)
class Connection:
    """A session in which mails can be handed over, one after another."""

    server: MailServer
    wire: Wire
    features: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether another mail can be tried on it."""
        return not self.wire.dead_because

    @property
    def pipelines(self) -> bool:
        """Whether commands go out together: offered, and not found to be a lie."""
        return "PIPELINING" in self.features and self.server.key not in _LIARS

    async def hand_over(
        self, mail: ComposedMail, *, begin: Callable[[], None]
    ) -> Answer:
        """Hand one mail over and say what became of it.

        ``begin`` is called once, just before the content's bytes go out: only
        after it can the mail have arrived. If it raises, nothing is handed over
        and the connection is closed. A connection lost before it is an answer
        of the kind RETRY, after it UNCERTAIN. Never raises otherwise.
        """
        missing = self._missing_feature(mail)
        if missing is not None:
            return missing
        try:
            refused = await self._envelope(mail)
        except ServerFaultError as fault:
            return Answer(Outcome.RETRY, str(fault))
        if refused is not None:
            return refused
        if not self.is_open:
            return Answer(Outcome.RETRY, self.wire.dead_because)
        try:
            begin()
        except BaseException:
            self.wire.die("given up before the content")
            raise
        return await self._content(mail)

    async def quit(self) -> None:
        """Say good-bye without waiting for an answer that changes nothing."""
        if self.is_open:
            self.wire.write(b"QUIT\r\n", replies=1)
        self.wire.close()
        await self.wire.gone()

    def _missing_feature(self, mail: ComposedMail) -> Answer | None:
        if mail.needs_smtputf8 and "SMTPUTF8" not in self.features:
            text = "The mail server cannot send to addresses of this script (SMTPUTF8)."
            return Answer(Outcome.ADDRESS, text)
        limit = self.features.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(mail.content):
            return Answer(Outcome.MESSAGE, f"The mail server takes {limit} bytes only.")
        return None

    async def _envelope(self, mail: ComposedMail) -> Answer | None:
        """MAIL, RCPT and DATA; None once the server waits for the content."""
        timer = self.wire.within(self.server.command_seconds)
        try:
            if self.pipelines:
                replies = await self._pipelined(self._commands(mail))
            else:
                replies = await self._one_by_one(self._commands(mail))
            refusal = _first_refusal(replies)
            if refusal is None:
                return None
            await self._refuse_content(replies)
            if self.is_open and refusal[1].code != 421 and refusal[1].code >= 400:
                await self._ask(b"RSET\r\n")
        finally:
            timer.cancel()
        return self._answer(*refusal)

    async def _refuse_content(self, replies: list[Reply]) -> None:
        """Where DATA was taken although the mail was not: RFC 2920, 3.1."""
        if replies[-1].code != 354:
            return
        if len(replies) == len(STAGES) and replies[1].code >= 400:
            await self._ask(b".\r\n")
        else:  # there is somebody who would get an empty mail
            self.wire.die("content asked for after a refusal")

    def _commands(self, mail: ComposedMail) -> list[bytes]:
        options = ""
        if "SIZE" in self.features:
            options += f" SIZE={len(mail.content)}"
        if mail.needs_smtputf8:
            options += " BODY=8BITMIME SMTPUTF8"
        return [
            f"MAIL FROM:<{mail.sender}>{options}\r\n".encode(),
            f"RCPT TO:<{mail.recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]

    async def _pipelined(self, commands: list[bytes]) -> list[Reply]:
        self.wire.write(b"".join(commands), replies=len(commands))
        replies: list[Reply] = []
        try:
            for _ in commands:
                replies.append(await self.wire.reply())
        except ServerFaultError:
            if replies:  # it took some and threw the others away
                _LIARS.add(self.server.key)
            raise
        return replies

    async def _one_by_one(self, commands: list[bytes]) -> list[Reply]:
        replies: list[Reply] = []
        for command in commands:
            replies.append(await self._ask(command))
            if replies[-1].code >= 400:
                break
        return replies

    async def _content(self, mail: ComposedMail) -> Answer:
        timer = self.wire.within(self.server.content_seconds)
        try:
            reply = await self._ask(stuffed(mail.content))
        except ServerFaultError as fault:
            return Answer(Outcome.UNCERTAIN, str(fault))
        finally:
            timer.cancel()
        if reply.code < 400 and not 200 <= reply.code < 300:
            self.wire.die(f"an answer out of place: {reply.code}")
            return Answer(Outcome.UNCERTAIN, f"{reply.code} {reply.text}")
        return self._answer(Stage.CONTENT, reply)

    def _answer(self, stage: Stage, reply: Reply) -> Answer:
        if reply.code == 421 or (stage is not Stage.CONTENT and reply.code < 400):
            self.wire.die(f"{reply.code} {reply.text}")
        outcome = judge_answer(stage, reply.code, reply.text)
        return Answer(outcome, f"{reply.code} {reply.text}")

    async def _ask(self, octets: bytes) -> Reply:
        self.wire.write(octets, replies=1)
        return await self.wire.reply()


async def connect(server: MailServer) -> Connection:
    """A session ready for mails.

    Raises ServerFaultError saying what the server would not do; its outcome is
    ACCOUNT where our login is at fault.
    """
    wire = await open_wire(server)
    connection = Connection(server, wire)
    timer = wire.within(server.command_seconds)
    try:
        greeting = await wire.reply()
        _require(greeting, {220}, Stage.GREETING)
        await _hello(connection)
        if server.scheme == "smtp+tls":
            await _start_tls(connection)
        if server.user:
            await _log_in(connection)
    except ServerFaultError as fault:
        wire.die(str(fault))
        await wire.gone()
        raise
    except BaseException:
        wire.die("given up")
        raise
    finally:
        timer.cancel()
    return connection


async def _hello(connection: Connection) -> None:
    name = connection.server.hello_name.encode("ascii", "replace")
    reply = await connection._ask(b"EHLO %b\r\n" % name)
    if 500 <= reply.code < 600:  # a server from before 1995
        _require(await connection._ask(b"HELO %b\r\n" % name), {250}, Stage.HELLO)
        connection.features = {}
        return
    _require(reply, {250}, Stage.HELLO)
    features = (line.strip().partition(" ") for line in reply.lines[1:])
    connection.features = {name.upper(): rest.strip() for name, _, rest in features}


async def _start_tls(connection: Connection) -> None:
    if "STARTTLS" not in connection.features:
        raise ServerFaultError("the server offers no encryption (STARTTLS)")
    _require(await connection._ask(b"STARTTLS\r\n"), {220}, Stage.TLS)
    server = connection.server
    await connection.wire.start_tls(server.tls_context(), server.host)
    await _hello(connection)


async def _log_in(connection: Connection) -> None:
    server = connection.server
    if server.scheme == "smtp" and not is_loopback(server.host):
        raise ServerFaultError(
            "the login would go unencrypted: use smtp+tls:// or smtps://",
            Outcome.ACCOUNT,
        )
    ways = connection.features.get("AUTH", "").upper().split()
    if "PLAIN" in ways:
        secret = f"\0{server.user}\0{server.password}"
        reply = await connection._ask(b"AUTH PLAIN %b\r\n" % _base64(secret))
    elif "LOGIN" in ways:
        _require(await connection._ask(b"AUTH LOGIN\r\n"), {334}, Stage.LOGIN)
        user = await connection._ask(_base64(server.user) + b"\r\n")
        _require(user, {334}, Stage.LOGIN)
        reply = await connection._ask(_base64(server.password) + b"\r\n")
    else:
        raise ServerFaultError("the server offers no login we know", Outcome.ACCOUNT)
    _require(reply, {235}, Stage.LOGIN)


def stuffed(content: bytes) -> bytes:
    """The content with its dots stuffed and the final dot (RFC 5321, 4.5.2)."""
    if content.startswith(b"."):
        content = b"." + content
    if b"\n." in content:
        content = content.replace(b"\n.", b"\n..")
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def _require(reply: Reply, codes: set[int], stage: Stage) -> None:
    if reply.code in codes:
        return
    login = stage is Stage.LOGIN and reply.code >= 500
    raise ServerFaultError(
        f"{reply.code} {reply.text}", Outcome.ACCOUNT if login else Outcome.SERVER
    )


def _first_refusal(replies: list[Reply]) -> tuple[Stage, Reply] | None:
    for stage, reply in zip(STAGES, replies, strict=False):
        wanted = reply.code == 354 if stage is Stage.DATA else 200 <= reply.code < 300
        if not wanted:
            return stage, reply
    return None
