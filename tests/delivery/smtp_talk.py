"""Talks of our SMTP client with a scripted server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Coroutine
from typing import TypeVar

from tests.delivery.smtp_script import ScriptedServer, Session
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.smtp.connection import Answer, connect
from winback.delivery.smtp.loop import Loop
from winback.delivery.smtp.servers import MailServer

T = TypeVar("T")
MAIL = ComposedMail(
    "b-x@reply.test", "olha@example.com", b"Subject: x\r\n\r\n.hi\r\n", False
)
UTF8_MAIL = dataclasses.replace(MAIL, recipient="оля@example.com", needs_smtputf8=True)


def at(event: str, answer: bytes) -> Callable[[Session, str], bytes | None]:
    """A script that gives ``answer`` to commands beginning with ``event``."""
    return lambda session, seen: answer if seen.startswith(event) else None


def server_for(scripted: ScriptedServer, **changes: object) -> MailServer:
    server = MailServer(
        scheme="smtp", host="127.0.0.1", port=scripted.port, loopback_only=True
    )
    return dataclasses.replace(
        server, **{"command_seconds": 0.5, "content_seconds": 0.5, **changes}
    )


def in_loop(talk: Callable[[Loop], Coroutine[None, None, T]]) -> T:
    """What ``talk`` gives as the only strand of a loop."""
    loop, given = Loop(), list[T]()

    async def strand() -> None:
        given.append(await talk(loop))

    loop.start(strand())
    loop.run()
    return given[0]


def hand_over(
    scripted: ScriptedServer, *mails: ComposedMail, **changes: object
) -> tuple[list[Answer], int, bool]:
    """Answers, how often content was begun, and whether the session still stands."""
    begun: list[int] = []

    async def talk(loop: Loop) -> tuple[list[Answer], int, bool]:
        connection = await connect(loop, server_for(scripted, **changes))
        answers = [
            await connection.hand_over(mail, begin=lambda: begun.append(1))
            for mail in mails
        ]
        stands = connection.is_open
        await connection.quit()
        return answers, len(begun), stands

    return in_loop(talk)
