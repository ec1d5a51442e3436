"""The crew: several connections at once, in a thread with its own loop.

The foreman (``run``) gives jobs and takes results; the crew never touches the
database. Journal and lease are asked right before a content goes out, for all
connections that are so far in one turn of the loop together.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from winback.content.rendering import RenderError
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.engine.journal import JournalError
from winback.delivery.rules import FAULTS_UNTIL_HOLD, Outcome
from winback.delivery.smtp.connection import Answer, Connection, connect
from winback.delivery.smtp.loop import Loop, Strand, news
from winback.delivery.smtp.servers import LoopbackOnlyError, MailServer
from winback.delivery.smtp.wire import ServerFaultError

logger = logging.getLogger(__name__)
_FAULTS = {Outcome.ACCOUNT, Outcome.SERVER, Outcome.UNCERTAIN}


class FencedError(Exception):
    """This run slept too long: others may hold its rows by now."""


class Job(NamedTuple):
    """One row to hand over; ``compose`` is called on the crew's thread."""

    recipient_id: int
    compose: Callable[[], ComposedMail]


class Done(NamedTuple):
    """What became of a job."""

    recipient_id: int
    outcome: Outcome
    text: str = ""
    provider_id: str = ""  # how a provider calls the mail it took


@dataclass(frozen=True, slots=True)
class CrewFault:
    """Why the crew has stopped by itself."""

    outcome: Outcome  # SERVER, ACCOUNT, or NOT_BEGUN for a fault of this process
    text: str
    seconds: float = 0.0  # how long the server wants to be left alone, at least


class Memory(Protocol):
    """What survives this process."""

    def note(self, begun: Sequence[int], answered: Sequence[Done]) -> None:
        """The contents of ``begun`` go out as soon as this returns.

        Raises JournalError or FencedError if they must not.
        """


class _Begun(NamedTuple):
    recipient_id: int
    strand: Strand


class _Ready(NamedTuple):
    """A job with its mail."""

    job: Job
    mail: ComposedMail


class Crew:
    """Up to ``server.connections`` sessions working on one stream of jobs.

    ``memory`` is told of every content before it goes out and of every final
    answer; if it cannot remember, nothing more goes out.
    """

    def __init__(self, server: MailServer, *, memory: Memory) -> None:
        self.server = server
        self.results: deque[Done] = deque()  # appending and taking are atomic
        self.fault: CrewFault | None = None
        self.given = self.taken = 0
        self._memory = memory
        self._open = self._faults = 0
        self._workers = server.connections
        self._jobs: deque[Job] = deque()
        self._idle: deque[Strand] = deque()
        self._beginning: list[_Begun] = []
        self._answered: list[Done] = []
        self._begun: set[int] = set()
        self._ending = False
        self._loop = Loop(after_turn=self._remember)
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)
        self._thread.start()

    @property
    def outstanding(self) -> int:
        """Jobs given whose results were not taken yet."""
        return self.given - self.taken

    def give(self, jobs: list[Job]) -> None:
        self.given += len(jobs)
        self._loop.call(lambda: self._put(jobs))

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
        self._loop.call(self._end)

    @property
    def has_ended(self) -> bool:
        """Whether all connections are closed; all results are there by then."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        for _ in range(self.server.connections):
            self._loop.start(self._work())
        self._loop.start(self._stay())
        self._loop.run()

    async def _stay(self) -> None:
        """After a fault the foreman ends us in his time."""
        while not self._ending:
            await self._wait_for_jobs()

    def _put(self, jobs: list[Job]) -> None:
        self._jobs.extend(jobs)
        if self._ending or self.fault is not None:
            self._give_back_waiting()
        self._wake()

    def _end(self) -> None:
        self._ending = True
        self._give_back_waiting()
        self._wake()

    def _stop_because(self, outcome: Outcome, text: str) -> None:
        """The first fault is the one that is told."""
        self.fault = self.fault or CrewFault(outcome, text)
        self._give_back_waiting()
        self._wake()

    def _give_back_waiting(self) -> None:
        while self._jobs:
            self._give_back(self._jobs.popleft())

    def _give_back(self, job: Job) -> None:
        self.results.append(Done(job.recipient_id, Outcome.NOT_BEGUN))

    def _put_back(self, job: Job) -> None:
        """Somebody else shall do it, or nobody if we are ending."""
        self._jobs.appendleft(job)
        if self._is_over:
            self._give_back_waiting()
        self._wake()

    @property
    def _is_over(self) -> bool:
        return self._ending or self.fault is not None

    def _wake(self) -> None:
        while self._idle:
            self._loop.soon(self._idle.popleft())

    async def _wait_for_jobs(self) -> None:
        assert self._loop.current is not None
        self._idle.append(self._loop.current)
        await news()

    async def _next_job(self) -> Job | None:
        while not self._is_over:
            if self._jobs:
                return self._jobs.popleft()
            await self._wait_for_jobs()
        return None

    async def _work(self) -> None:
        connection: Connection | None = None
        while (job := await self._next_job()) is not None:
            if connection is None or not connection.is_open:
                connection = await self._reconnected(connection)
            if connection is not None:
                await self._serve(connection, job)
            elif not await self._may_try_again(job):
                break
        self._workers -= 1
        if connection is not None:
            self._open -= 1
            await connection.quit()

    async def _may_try_again(self, job: Job) -> bool:
        """After a refused connection: no, if others work; the server wants fewer."""
        self._put_back(job)
        if self._is_over or (self._open and self._workers > 1):
            return False
        await self._loop.sleep(min(0.05 * self._faults, 1))
        return True

    async def _reconnected(self, old: Connection | None) -> Connection | None:
        if old is not None:
            self._open -= 1
        try:
            connection = await connect(self._loop, self.server)
        except ServerFaultError as fault:
            if not self._open:
                self._count_fault(fault.outcome, str(fault))
            return None
        except LoopbackOnlyError as error:
            self._stop_because(Outcome.ACCOUNT, str(error))
            return None
        self._open += 1
        return connection

    async def _serve(self, connection: Connection, job: Job) -> None:
        """This job, and after it what is waiting, for as long as there is some."""
        ready = self._composed(job, connection)
        if ready is None:
            return
        connection.offer(ready.mail)
        while ready is not None:
            ready = await self._hand_over(connection, ready)

    async def _hand_over(self, connection: Connection, now: _Ready) -> _Ready | None:
        """One mail whose envelope was offered; the next one, offered as well."""
        number, mail = now.job.recipient_id, now.mail
        refused = await connection.envelope_answer(mail)
        if refused is not None:
            if refused.outcome is Outcome.NOT_BEGUN:
                self._put_back(now.job)
            else:
                self._note(number, refused, stands=connection.is_open)
            return None
        if self._is_over or not await self._may_begin(number):
            connection.wire.die("given up before the content")
            self._give_back(now.job)
            return None
        behind = self._taken_now(connection) if connection.pipelines else None
        connection.send(mail, then=behind.mail if behind else None)
        answer = await connection.content_answer()
        self._note(number, answer, stands=connection.is_open)
        return behind

    def _taken_now(self, connection: Connection) -> _Ready | None:
        """The next job that waits, composed; None if none does."""
        while self._jobs and not self._is_over:
            ready = self._composed(self._jobs.popleft(), connection)
            if ready is not None:
                return ready
        return None

    def _composed(self, job: Job, connection: Connection) -> _Ready | None:
        """The job with its mail; None if it is done without, its result given."""
        number = job.recipient_id
        try:
            mail = job.compose()
        except (RenderError, ValueError) as error:
            self.results.append(Done(number, Outcome.CONTENT, str(error)))
            return None
        except Exception as error:  # what hits everybody must stop, not fail all
            logger.exception("Mail %s cannot be composed", number)
            self._give_back(job)
            self._stop_because(Outcome.NOT_BEGUN, f"{type(error).__name__}: {error}")
            return None
        unfit = connection.unfit(mail)
        if unfit is not None:
            self._note(number, unfit, stands=True)
            return None
        return _Ready(job, mail)

    async def _may_begin(self, number: int) -> bool:
        """Wait until the journal has the mail's line; False if it cannot."""
        strand = self._loop.current
        assert strand is not None
        self._beginning.append(_Begun(number, strand))
        while number not in self._begun:
            if self.fault is not None and self.fault.outcome is Outcome.NOT_BEGUN:
                return False
            await news()
        self._begun.discard(number)
        return True

    def _remember(self) -> None:
        """Once a turn, for all connections: what was answered and what begins."""
        while self._beginning or self._answered:
            beginning, self._beginning = self._beginning, []
            answered, self._answered = self._answered, []
            numbers = [begun.recipient_id for begun in beginning]
            try:
                self._memory.note(numbers, answered)
            except (JournalError, FencedError) as error:
                self._stop_because(Outcome.NOT_BEGUN, str(error))
            else:
                self._begun.update(numbers)
            for begun in beginning:
                self._loop.resume(begun.strand)

    def _note(self, number: int, answer: Answer, *, stands: bool) -> None:
        done = Done(number, answer.outcome, answer.text)
        self._answered.append(done)
        self.results.append(done)
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
