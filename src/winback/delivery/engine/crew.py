"""The crew: several connections at once, in a thread with its own event loop.

The foreman (``run``) gives jobs and takes results; the crew never touches the
database. Journal and lease are asked right before a content goes out.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from winback.content.rendering import RenderError
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.engine.journal import JournalError
from winback.delivery.rules import FAULTS_UNTIL_HOLD, Outcome
from winback.delivery.smtp.connection import Answer, Connection, connect
from winback.delivery.smtp.servers import LoopbackOnlyError, MailServer
from winback.delivery.smtp.wire import ServerFaultError

logger = logging.getLogger(__name__)
_FAULTS = {Outcome.ACCOUNT, Outcome.SERVER, Outcome.UNCERTAIN}


class FencedError(Exception):
    """This run slept too long: others may hold its rows by now."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row to hand over; ``compose`` is called once, on the crew's thread."""

    recipient_id: int
    compose: Callable[[], ComposedMail]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job."""

    recipient_id: int
    outcome: Outcome
    text: str = ""


@dataclass(frozen=True, slots=True)
class CrewFault:
    """Why the crew has stopped by itself."""

    outcome: Outcome  # SERVER, ACCOUNT, or NOT_BEGUN for a fault of this process
    text: str


class Crew:
    """Up to ``server.connections`` sessions working on one stream of jobs.

    ``begin`` may raise JournalError or FencedError: then nothing more goes out.
    ``answered`` is called with every final answer, before its result is given.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        begin: Callable[[int], None],
        answered: Callable[[int, Outcome], None],
    ) -> None:
        self.server = server
        self.results: deque[Done] = deque()  # appending and taking are atomic
        self.fault: CrewFault | None = None
        self.given = self.taken = 0
        self._begin, self._answered = begin, answered
        self._open = self._faults = 0
        self._workers = server.connections
        self._loop = asyncio.new_event_loop()
        self._jobs: deque[Job] = deque()
        self._news = asyncio.Event()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()

    @property
    def outstanding(self) -> int:
        """Jobs given whose results were not taken yet."""
        return self.given - self.taken

    def give(self, jobs: list[Job]) -> None:
        self.given += len(jobs)
        self._loop.call_soon_threadsafe(self._put, jobs)

    def take(self, *, seconds: float) -> list[Done]:
        """Results so far, after giving the crew so many seconds for them.

        Waiting for each single result would make the two threads fight for the
        interpreter at every mail.
        """
        if seconds and self.outstanding:
            time.sleep(seconds)
        results = [self.results.popleft() for _ in range(len(self.results))]
        self.taken += len(results)
        return results

    def stop(self) -> None:
        """Finish what is being handed over, give back the rest.

        Does not wait: results go on coming until ``has_ended``.
        """
        self._loop.call_soon_threadsafe(self._end)

    @property
    def has_ended(self) -> bool:
        """Whether all connections are closed; all results are there by then."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._work_all())
        finally:
            self._loop.close()

    async def _work_all(self) -> None:
        names = range(self.server.connections)
        await asyncio.gather(*(self._work() for _ in names))
        while not self._ending:  # after a fault the foreman ends us in his time
            await self._wait_for_news()

    def _put(self, jobs: list[Job]) -> None:
        self._jobs.extend(jobs)
        if self._ending or self.fault is not None:
            self._give_back_waiting()
        self._news.set()

    def _end(self) -> None:
        self._ending = True
        self._give_back_waiting()
        self._news.set()

    def _stop_because(self, outcome: Outcome, text: str) -> None:
        """The first fault is the one that is told."""
        self.fault = self.fault or CrewFault(outcome, text)
        self._give_back_waiting()
        self._news.set()

    def _give_back_waiting(self) -> None:
        while self._jobs:
            self._give_back(self._jobs.popleft())

    def _give_back(self, job: Job) -> None:
        self.results.append(Done(job.recipient_id, Outcome.NOT_BEGUN))

    async def _wait_for_news(self) -> None:
        self._news.clear()
        await self._news.wait()

    async def _next_job(self) -> Job | None:
        while not (self._ending or self.fault is not None):
            if self._jobs:
                return self._jobs.popleft()
            await self._wait_for_news()
        return None

    async def _work(self) -> None:
        connection: Connection | None = None
        while (job := await self._next_job()) is not None:
            if connection is None or not connection.is_open:
                connection = await self._reconnected(connection)
            if connection is not None:
                await self._hand_over(connection, job)
            elif not await self._may_try_again(job):
                break
        self._workers -= 1
        if connection is not None:
            self._open -= 1
            await connection.quit()

    async def _may_try_again(self, job: Job) -> bool:
        """After a refused connection: no, if others work; the server wants fewer."""
        if self._ending or self.fault is not None:
            self._give_back(job)
            return False
        self._jobs.appendleft(job)
        self._news.set()
        if self._open and self._workers > 1:
            return False
        await asyncio.sleep(min(0.05 * self._faults, 1))
        return True

    async def _reconnected(self, old: Connection | None) -> Connection | None:
        if old is not None:
            self._open -= 1
            await old.quit()
        return await self._connected()

    async def _connected(self) -> Connection | None:
        try:
            connection = await connect(self.server)
        except ServerFaultError as fault:
            if not self._open:
                self._count_fault(fault.outcome, str(fault))
            return None
        except LoopbackOnlyError as error:
            self._stop_because(Outcome.ACCOUNT, str(error))
            return None
        self._open += 1
        return connection

    async def _hand_over(self, connection: Connection, job: Job) -> None:
        number = job.recipient_id
        try:
            mail = job.compose()
        except (RenderError, ValueError) as error:
            self.results.append(Done(number, Outcome.CONTENT, str(error)))
            return
        except Exception as error:  # what hits everybody must stop, not fail all
            logger.exception("Mail %s cannot be composed", number)
            self._give_back(job)
            self._stop_because(Outcome.NOT_BEGUN, f"{type(error).__name__}: {error}")
            return
        try:
            answer = await connection.hand_over(mail, begin=lambda: self._begin(number))
        except (JournalError, FencedError) as error:
            self._give_back(job)
            self._stop_because(Outcome.NOT_BEGUN, str(error))
            return
        self._note(number, answer, stands=connection.is_open)

    def _note(self, number: int, answer: Answer, *, stands: bool) -> None:
        try:
            self._answered(number, answer.outcome)
        except JournalError as error:  # the ledger will know it all the same
            self._stop_because(Outcome.NOT_BEGUN, str(error))
        self.results.append(Done(number, answer.outcome, answer.text))
        broke_off = answer.outcome is Outcome.RETRY and not stands
        if broke_off or answer.outcome in _FAULTS:
            self._count_fault(answer.outcome, answer.text)
        else:
            self._faults = 0

    def _count_fault(self, outcome: Outcome, text: str) -> None:
        self._faults += 1
        if outcome is Outcome.ACCOUNT:
            self._stop_because(Outcome.ACCOUNT, text)
        elif self._faults >= FAULTS_UNTIL_HOLD:
            self._stop_because(Outcome.SERVER, text)
