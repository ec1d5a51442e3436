"""One socket whose other end is in our hands."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.delivery.smtp_talk import in_loop
from winback.delivery.smtp.loop import Loop
from winback.delivery.smtp.wire import ServerFaultError, Wire

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_reply_said_before_the_server_went_is_heard_by_who_writes_after(
    ends: Ends,
) -> None:
    ours, theirs = ends

    async def talk(loop: Loop) -> int:
        assert loop.current is not None
        wire = Wire(loop, ours, loop.current)
        theirs.sendall(b"250 taken\r\n")
        theirs.close()
        wire.write(b"MAIL FROM:<>\r\n", replies=1)
        code = (await wire.reply()).code
        with pytest.raises(ServerFaultError):
            await wire.reply()
        return code

    assert in_loop(talk) == 250


def test_replies_before_nonsense_are_heard(ends: Ends) -> None:
    ours, theirs = ends

    async def talk(loop: Loop) -> tuple[int, str]:
        assert loop.current is not None
        wire = Wire(loop, ours, loop.current)
        theirs.sendall(b"250 taken\r\nwhat?\r\n")
        code = (await wire.reply()).code
        with pytest.raises(ServerFaultError):
            await wire.reply()
        return code, wire.dead_because

    assert in_loop(talk) == (250, "not an SMTP reply: b'what?\\r'")
