"""kill -9 of anything at any moment, again and again, while a mailing runs."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import psycopg
from servers import PostgresqlServer, Server, children_of, kill_process

from tests.faults.house import House, Part
from tests.faults.ledger import Ledger

LONGEST_CALM_SECONDS = 2.5
LONGEST_OUTAGE_SECONDS = 1.5
# A kill, the outage and the next start together; the mailing is slowed down to
# last as long as the storm.
SECONDS_PER_KILL = 3.5


class Victim(Protocol):
    name: str

    def kill(self, chance: random.Random) -> None: ...
    def restart(self) -> None: ...


@dataclass
class PartVictim:
    """A part of the house: all of it, its main process alone, or a child of it."""

    house: House
    name: str
    part: Part | None = None

    def kill(self, chance: random.Random) -> None:
        assert self.part is not None
        main = self.part.process.pid
        children = children_of(main)
        how = chance.choice(["all", "all", "main", "child"])
        if how == "child" and children:
            kill_process(chance.choice(children))
        elif how == "main":
            os.kill(main, signal.SIGKILL)
            self.part.process.wait()
        else:
            self.part.kill()

    def restart(self) -> None:
        if self.part is None or self.part.process.poll() is not None:
            self.part = self.house.start(self.name)


@dataclass
class ServerVictim:
    """The database or the broker. The latter forgets everything."""

    name: str
    server: Server
    is_down: bool = False

    def kill(self, chance: random.Random) -> None:
        if isinstance(self.server, PostgresqlServer) and chance.random() < 0.3:
            # One of those that serve somebody: all others are ended by the first.
            kill_process(chance.choice(self.server.processes()[1:]))
            return
        self.server.kill()
        self.is_down = True

    def restart(self) -> None:
        if self.is_down:
            self.server.start()
            self.is_down = False


@dataclass
class Storm:
    """``rage`` once. ``killed`` says how often each victim died."""

    house: House
    ledger: Ledger
    victims: list[Victim]
    chance: random.Random
    killed: Counter[str] = field(default_factory=Counter)

    def rage(self, kills: int) -> None:
        """Kill so often, then let everything come to rest."""
        self.ledger.forgives = (psycopg.OperationalError,)
        try:
            for left in range(kills, 0, -1):
                self.house.sink.pause = self._pace(left)
                self._strike()
        finally:
            self.house.sink.pause = lambda: 0.0
        self.ledger.wait_until_sent()

    def _strike(self) -> None:
        mails = self.house.sink.mails
        enough = len(mails) + self.chance.randint(1, 200)
        self._wait(self.chance.uniform(0, LONGEST_CALM_SECONDS), enough)
        victim = self.chance.choice(self.victims)
        victim.kill(self.chance)
        self.killed[victim.name] += 1
        if victim.name == "worker":
            self.ledger.most_uncertain += self.house.connections
        self._wait(self.chance.uniform(0, LONGEST_OUTAGE_SECONDS))
        victim.restart()

    def _wait(self, seconds: float, mails: int | None = None) -> None:
        """So long, or until the server has so many mails."""
        received = self.house.sink.mails
        steps = max(int(seconds / 0.05), 1)
        for _ in range(steps):
            if mails is not None and len(received) >= mails:
                return
            self.ledger.watch(seconds=0.05)

    def _pace(self, kills_left: int) -> Callable[[], float]:
        """The pause that makes the rest of the mailing last as long as the storm."""
        mails_left = max(self.ledger.recipients - len(self.house.sink.mails), 1)
        workers = sum(victim.name == "worker" for victim in self.victims)
        at_once = self.house.connections * workers
        pause = min(at_once * kills_left * SECONDS_PER_KILL / mails_left, 1.0)
        return lambda: pause
