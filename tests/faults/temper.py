"""A mail server in a bad temper: everything a server can do wrong, by luck."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.delivery.smtp_script import DROP, FORGET, SILENCE, Session

DROP_AFTER = b"<drop after taking it>"
NONSENSE = b"\xff\xfe 2x50 maybe\r\n" * 3
# What may happen in each moment of a talk, and how often in a thousand times.
MISDEEDS: dict[str, dict[bytes, int]] = {
    "connect": {
        DROP: 40,
        b"421 4.3.2 busy\r\n": 40,
        b"554 no service here\r\n": 10,
        NONSENSE: 10,
    },
    "MAIL": {
        DROP: 8,
        b"421 4.3.2 shutting down\r\n": 8,
        b"452 4.3.1 no room\r\n": 4,
        b"530 5.7.0 log in first\r\n": 2,
        NONSENSE: 2,
    },
    "RCPT": {
        DROP: 6,
        SILENCE: 1,
        b"421 4.7.0 too many mails\r\n": 6,
        b"450 4.2.0 greylisted\r\n": 30,
        b"550 5.1.1 nobody of that name\r\n": 20,
        FORGET + b"250 ok\r\n": 2,  # it had said that it can PIPELINING
        NONSENSE: 2,
    },
    "DATA": {DROP: 6, b"451 4.3.0 try later\r\n": 6, NONSENSE: 2},
    "half": {DROP: 20},
    "content": {
        b"<drop without taking it>": 8,
        DROP_AFTER: 8,
        SILENCE: 1,
        b"421 4.3.2 shutting down\r\n": 4,
        b"451 4.3.0 try later\r\n": 15,
        b"552 5.2.2 mailbox full\r\n": 6,
        b"554 5.6.0 not wanted\r\n": 6,
    },
}
# After these nobody but the server can know what became of the mail.
LEAVES_UNKNOWN = {
    ("half", DROP),
    ("content", b"<drop without taking it>"),
    ("content", DROP_AFTER),
    ("content", SILENCE),
}


@dataclass
class Temper:
    """A script for ScriptedServer; ``did`` counts what it has done."""

    chance: random.Random
    rudeness: float = 1.0
    did: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)  # these got a final no

    def __call__(self, session: Session, event: str) -> bytes | None:
        moment = event.split(" ")[0]
        draw = self.chance.random() * 1000
        for misdeed, often in MISDEEDS.get(moment, {}).items():
            draw -= often * self.rudeness
            if draw < 0:
                return self._do(session, event, moment, misdeed)
        return None

    def _do(self, session: Session, event: str, moment: str, misdeed: bytes) -> bytes:
        self.did[moment, misdeed] += 1
        if misdeed.startswith(b"55") and moment in {"RCPT", "content"}:
            address = event.partition("<")[2].partition(">")[0]
            self.refused.add(address or session.recipient)
        return misdeed

    def may_be_unknown(self) -> int:
        """How many mails nobody but this server can know about."""
        return sum(self.did[misdeed] for misdeed in LEAVES_UNKNOWN)
