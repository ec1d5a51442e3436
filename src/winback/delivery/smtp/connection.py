"""One SMTP session: hello, encryption, login, then mail after mail."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from winback.core.config import is_loopback
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.rules import Outcome, Stage, judge_answer
from winback.delivery.smtp.loop import Loop
from winback.delivery.smtp.replies import Reply
from winback.delivery.smtp.servers import MailServer
from winback.delivery.smtp.wire import ServerFaultError, Wire, open_wire

# Servers that offered PIPELINING and answered in part: for as long as we run,
# they get commands one by one.
_LIARS: set[str] = set()
STAGES = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA)


@dataclass(slots=True)
class Answer:
    """What became of one hand-over, with the server's last words."""

    outcome: Outcome
    text: str


@dataclass(slots=True)
class Connection:
    """A session in which mails can be handed over, one after another.

    Each goes through ``offer``, ``envelope_answer``, ``send`` and
    ``content_answer``. The envelope of the next one may travel with the content
    of the present one (RFC 2920, 3.1), so that a mail costs one round trip.
    """

    server: MailServer
    wire: Wire
    features: Mapping[str, str] = field(default_factory=dict)
    _offered: int = 0  # commands of the envelope that have gone out together
    last_taken: Reply | None = None  # how the server took its last mail
    _has_worked: bool = False  # it has taken a mail

    @property
    def is_open(self) -> bool:
        """Whether another mail can be tried on it."""
        return not self.wire.dead_because

    @property
    def pipelines(self) -> bool:
        """Whether commands go out together: offered, and not found to be a lie."""
        return "PIPELINING" in self.features and self.server.key not in _LIARS

    @property
    def chunks(self) -> bool:
        """Whether contents go out as one measured chunk (RFC 3030)."""
        return "CHUNKING" in self.features

    def unfit(self, mail: ComposedMail) -> Answer | None:
        """Why this server cannot take the mail at all, or None."""
        if mail.needs_smtputf8 and "SMTPUTF8" not in self.features:
            text = "The mail server cannot send to addresses of this script (SMTPUTF8)."
            return Answer(Outcome.ADDRESS, text)
        limit = self.features.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(mail.content):
            return Answer(Outcome.MESSAGE, f"The mail server takes {limit} bytes only.")
        return None

    def offer(self, mail: ComposedMail) -> None:
        """Say whom the mail is for, if the server lets us say it all at once."""
        together = self.pipelines and self.is_open
        self._write(b"", self._commands(mail) if together else [])

    async def envelope_answer(self, mail: ComposedMail) -> Answer | None:
        """The server's answer to what was offered; None: it waits for the content.

        NOT_BEGUN if the server has ended a session that worked until then before
        it read any of it.
        """
        self.wire.within(self.server.command_seconds)
        try:
            replies = await self._envelope_replies(mail)
            refusal = _first_refusal(replies)
            if refusal is None:
                return None if self.is_open else self._lost()
            if self._is_good_bye(*refusal):
                self.wire.die(refusal[1].words)
                return Answer(Outcome.NOT_BEGUN, refusal[1].words)
            await self._refuse_content(replies)
            if self.is_open and refusal[1].code != 421 and refusal[1].code >= 400:
                await self._ask(b"RSET\r\n")
        except _NothingReadError as fault:
            return Answer(Outcome.NOT_BEGUN, str(fault))
        except ServerFaultError as fault:
            return Answer(Outcome.RETRY, str(fault))
        finally:
            self.wire.in_time()
        return self._answer(*refusal)

    def send(self, mail: ComposedMail, *, then: ComposedMail | None = None) -> None:
        """The content, and behind it the envelope of the mail that comes next."""
        self.wire.within(self.server.content_seconds)
        if self.chunks:
            octets = b"BDAT %d LAST\r\n%b" % (len(mail.content), mail.content)
        elif mail.has_leading_dots:
            octets = stuffed(mail.content)
        else:
            octets = mail.content + b".\r\n"
        self._write(octets, self._commands(then) if then and self.pipelines else [])

    async def content_answer(self) -> Answer:
        """What became of the mail whose content was sent."""
        try:
            reply = await self.wire.reply()
        except ServerFaultError as fault:
            return Answer(Outcome.UNCERTAIN, str(fault))
        finally:
            self.wire.in_time()
        if 200 <= reply.code < 300:
            self._has_worked = True
            self.last_taken = reply
            return _TAKEN
        if reply.code < 400:
            self.wire.die(f"an answer out of place: {reply.code}")
            return Answer(Outcome.UNCERTAIN, reply.words)
        return self._answer(Stage.CONTENT, reply)

    async def hand_over(
        self, mail: ComposedMail, *, begin: Callable[[], None]
    ) -> Answer:
        """Hand a single mail over and say what became of it.

        ``begin`` is called once, just before the content's bytes go out: only
        after it can the mail have arrived. If it raises, nothing is handed over
        and the connection is closed. A connection lost before it is an answer
        of the kind RETRY, after it UNCERTAIN. Never raises otherwise.
        """
        unfit = self.unfit(mail)
        if unfit is not None:
            return unfit
        self.offer(mail)
        refused = await self.envelope_answer(mail)
        if refused is not None:
            return refused
        try:
            begin()
        except BaseException:
            self.wire.die("given up before the content")
            raise
        self.send(mail)
        return await self.content_answer()

    async def quit(self) -> None:
        """Say good-bye without waiting for an answer that changes nothing."""
        if self.is_open:
            self.wire.write(b"QUIT\r\n", replies=1)
        await self.wire.close()

    def _lost(self) -> Answer:
        return Answer(Outcome.RETRY, self.wire.dead_because)

    def _is_good_bye(self, stage: Stage, reply: Reply) -> bool:
        """Whether the server ends the session after the mail before this one."""
        return self._has_worked and stage is Stage.SENDER and reply.code == 421

    def _write(self, content: bytes, envelope: list[bytes]) -> None:
        """Both at once; an envelope that is not offered now is asked one by one."""
        self._offered = len(envelope)
        replies = len(envelope) + bool(content)
        if not replies:
            return
        # A connection that is gone is told by the answer that never comes.
        with contextlib.suppress(ServerFaultError):
            self.wire.write(b"".join([content, *envelope]), replies=replies)

    async def _envelope_replies(self, mail: ComposedMail) -> list[Reply]:
        replies: list[Reply] = []
        try:
            for command in [b""] * self._offered or self._commands(mail):
                if command:
                    self.wire.write(command, replies=1)
                replies.append(await self.wire.reply())
                if command and replies[-1].code >= 400:
                    break
        except ServerFaultError as fault:
            if self._offered and (replies or self.wire.has_timed_out):
                # It took some, or none, and threw the others away.
                _LIARS.add(self.server.key)
            if self._has_worked and not (replies or self.wire.has_timed_out):
                raise _NothingReadError(str(fault)) from fault
            raise
        return replies

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
        commands = [
            f"MAIL FROM:<{mail.sender}>{options}\r\n".encode(),
            f"RCPT TO:<{mail.recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        return commands[:2] if self.chunks else commands

    def _answer(self, stage: Stage, reply: Reply) -> Answer:
        if reply.code == 421 or (stage is not Stage.CONTENT and reply.code < 400):
            self.wire.die(reply.words)
        outcome = judge_answer(stage, reply.code, reply.text)
        return Answer(outcome, reply.words)

    async def _ask(self, octets: bytes) -> Reply:
        self.wire.write(octets, replies=1)
        return await self.wire.reply()


# The answer to most mails; whose words nobody keeps.
_TAKEN = Answer(Outcome.SENT, "")


class _NothingReadError(ServerFaultError):
    """The session ended after one mail's content, before the next was heard."""


async def connect(loop: Loop, server: MailServer) -> Connection:
    """A session ready for mails, for the strand that asks for it.

    Raises ServerFaultError saying what the server would not do; its outcome is
    ACCOUNT where our login is at fault.
    """
    wire = await open_wire(loop, server)
    connection = Connection(server, wire)
    wire.within(server.command_seconds)
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
        raise
    except BaseException:
        wire.die("given up")
        raise
    finally:
        wire.in_time()
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
    raise ServerFaultError(reply.words, Outcome.ACCOUNT if login else Outcome.SERVER)


def _first_refusal(replies: list[Reply]) -> tuple[Stage, Reply] | None:
    for stage, reply in zip(STAGES, replies, strict=False):
        wanted = reply.code == 354 if stage is Stage.DATA else 200 <= reply.code < 300
        if not wanted:
            return stage, reply
    return None


def hand_over_one(server: MailServer, mail: ComposedMail) -> Answer:
    """Hand a single mail over in a session of its own; waits for the answer.

    Raises ServerFaultError and LoopbackOnlyError as ``connect`` does.
    """
    answers: list[Answer] = []
    loop = Loop()

    async def talk() -> None:
        connection = await connect(loop, server)
        answer = await connection.hand_over(mail, begin=lambda: None)
        if answer is _TAKEN and connection.last_taken:
            answer = Answer(Outcome.SENT, connection.last_taken.words)
        answers.append(answer)
        await connection.quit()

    loop.start(talk())
    loop.run()
    return answers[0]
