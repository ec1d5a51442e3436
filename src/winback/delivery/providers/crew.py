"""The crew of a provider: several threads, each with one request at a time.

To a run it is what the crew of SMTP connections is: ``give``, ``take``,
``stop``; journal and lease are asked right before a request goes out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque

from anymail.exceptions import (
    AnymailError,
    AnymailInvalidAddress,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMultiAlternatives

from winback.content.rendering import RenderError
from winback.delivery.compose.skeleton import ComposedMail
from winback.delivery.engine.crew import CrewFault, Done, FencedError, Job, Memory
from winback.delivery.engine.journal import JournalError
from winback.delivery.providers.failures import judge_exception
from winback.delivery.providers.provider import (
    Backend,
    Provider,
    ProviderError,
    known_extras,
)
from winback.delivery.providers.rules import (
    LONGEST_PAUSE_SECONDS,
    Verdict,
    pause_length,
    plain_text,
)
from winback.delivery.rules import FAULTS_UNTIL_HOLD, Outcome

logger = logging.getLogger(__name__)
# Faults are counted in a row. MESSAGE is among them: what a provider dislikes in
# one of our mails it most likely dislikes in all.
_FAULTS = {Outcome.RETRY, Outcome.UNCERTAIN, Outcome.MESSAGE, Outcome.NOT_BEGUN}
# An answer that comes in single bytes may take for ever.
PATIENCE_SECONDS = 30.0


class ProviderCrew:
    """Up to ``provider.connections`` requests at once on one stream of jobs."""

    def __init__(self, provider: Provider, *, memory: Memory) -> None:
        self.provider = provider
        self.results: deque[Done] = deque()
        self.fault: CrewFault | None = None
        self.given = self.taken = 0
        self._memory = memory
        self._jobs: deque[Job] = deque()
        self._news = threading.Condition()
        self._composing = threading.Lock()  # letters are written by one at a time
        self._remembering = threading.Lock()
        self._in_hand: set[int] = set()
        self._faults = self._pauses = 0
        self._resume_at = 0.0
        self._ending = self._is_left = False
        self._leave_at = float("inf")
        self._extras: frozenset[str] = frozenset()
        self._threads = [
            threading.Thread(target=self._work, args=[b], name="crew", daemon=True)
            for b in self._backends()
        ]
        for thread in self._threads:
            thread.start()

    @property
    def outstanding(self) -> int:
        """Jobs given whose results were not taken yet."""
        return self.given - self.taken

    def give(self, jobs: list[Job]) -> None:
        self.given += len(jobs)
        with self._news:
            self._jobs.extend(jobs)
            self._settle()

    def take(self, *, seconds: float) -> list[Done]:
        """Results so far, after giving the crew so many seconds for them."""
        if seconds and self.outstanding:
            time.sleep(seconds)
        results = [self.results.popleft() for _ in range(len(self.results))]
        self.taken += len(results)
        return results

    def stop(self) -> None:
        """Wait for the answers that are due, give back the rest; returns at once."""
        with self._news:
            self._ending = True
            self._leave_at = time.monotonic() + self.provider.timeout + PATIENCE_SECONDS
            self._settle()

    @property
    def has_ended(self) -> bool:
        """Whether all answers are there, or are no longer waited for."""
        if time.monotonic() > self._leave_at:
            self._leave()
        return self._is_left or not any(t.is_alive() for t in self._threads)

    def _backends(self) -> list[Backend]:
        try:
            backends = [
                self.provider.backend() for _ in range(self.provider.connections)
            ]
        except ProviderError as error:
            self.fault = CrewFault(Outcome.ACCOUNT, f"{self.provider.name}: {error}")
            return []
        self._extras = known_extras(backends[0])
        return backends

    @property
    def _is_over(self) -> bool:
        return self._ending or self.fault is not None

    def _settle(self) -> None:
        """With the lock held: nobody waits for what will not be done."""
        while self._jobs and self._is_over:
            self._give_back(self._jobs.popleft())
        self._news.notify_all()

    def _give_back(self, job: Job) -> None:
        self.results.append(Done(job.recipient_id, Outcome.NOT_BEGUN))

    def _stop_because(self, outcome: Outcome, text: str, seconds: float = 0.0) -> None:
        """The first fault is the one that is told."""
        with self._news:
            self.fault = self.fault or CrewFault(outcome, text, seconds)
            self._settle()

    def _leave(self) -> None:
        with self._remembering:  # nobody writes into the journal any more
            self._is_left = True
        with self._news:
            for number in sorted(self._in_hand):
                text = f"{self.provider.name} did not finish its answer"
                self.results.append(Done(number, Outcome.UNCERTAIN, text))
            self._in_hand.clear()

    def _work(self, backend: Backend) -> None:
        try:
            with self.provider.session(backend):
                while (job := self._next_job()) is not None:
                    self._serve(backend, job)
        except Exception as error:  # not even the session can be opened
            logger.exception("%s cannot be used", self.provider.name)
            self._stop_because(Outcome.ACCOUNT, f"{type(error).__name__}: {error}")

    def _next_job(self) -> Job | None:
        with self._news:
            while not self._is_over:
                pause = self._resume_at - time.monotonic()
                if pause > 0:
                    self._news.wait(pause)
                elif self._jobs:
                    return self._jobs.popleft()
                else:
                    self._news.wait()
        return None

    def _serve(self, backend: Backend, job: Job) -> None:
        message = self._composed(backend, job)
        if message is None:
            return
        if self._may_begin(job.recipient_id):
            self._note(job, _handed_over(self.provider.name, backend, message))
        else:
            with self._news:
                self._give_back(job)

    def _composed(self, backend: Backend, job: Job) -> EmailMultiAlternatives | None:
        """The mail in Anymail's words; None if the job is done without, its
        result given.
        """
        number = job.recipient_id
        try:
            with self._composing:
                mail = job.compose()
            message = self.provider.message(mail, number, extras=self._extras)
            verdict = unfit(backend, message, mail)
            if verdict is None:
                return message
            self._note(job, verdict)
        except (RenderError, ValueError) as error:
            self.results.append(Done(number, Outcome.CONTENT, str(error)))
        except Exception as error:  # what hits everybody must stop, not fail all
            logger.exception("Mail %s cannot be composed", number)
            self._give_back(job)
            self._stop_because(Outcome.NOT_BEGUN, f"{type(error).__name__}: {error}")
        return None

    def _may_begin(self, number: int) -> bool:
        """Write the mail's line; False if it must not go out."""
        with self._news:
            if self._is_over:
                return False
            self._in_hand.add(number)
        if self._remember([number], []):
            return True
        self._in_hand.discard(number)
        return False

    def _remember(self, begun: list[int], answered: list[Done]) -> bool:
        try:
            with self._remembering:
                if self._is_left:
                    return False
                self._memory.note(begun, answered)
        except (JournalError, FencedError) as error:
            self._stop_because(Outcome.NOT_BEGUN, str(error))
            return False
        return True

    def _note(self, job: Job, verdict: Verdict) -> None:
        """Remember an answer, tell it, and see what it means for the others."""
        number, outcome = job.recipient_id, verdict.outcome
        done = Done(number, outcome, verdict.text, verdict.provider_id)
        self._remember([], [done])
        with self._news:
            if self._is_left:
                return
            self._in_hand.discard(number)
            if outcome is Outcome.NOT_BEGUN:
                self._jobs.appendleft(job)
            else:
                self.results.append(done)
            if verdict.wants_pause:
                self._pause(verdict)
            else:
                self._count(verdict)
            self._settle()

    def _pause(self, verdict: Verdict) -> None:
        """Nobody asks for a while; what would be too long is the mailing's to wait."""
        now = time.monotonic()
        if now >= self._resume_at:  # not the same pause, told to each of us
            self._pauses += 1
        seconds = pause_length(self._pauses, verdict.pause_seconds)
        if seconds > LONGEST_PAUSE_SECONDS or self._pauses >= FAULTS_UNTIL_HOLD:
            self.fault = self.fault or CrewFault(Outcome.SERVER, verdict.text, seconds)
        self._resume_at = max(self._resume_at, now + seconds)

    def _count(self, verdict: Verdict) -> None:
        if verdict.outcome is Outcome.ACCOUNT:
            self.fault = self.fault or CrewFault(Outcome.ACCOUNT, verdict.text)
        elif verdict.outcome in _FAULTS:
            self._faults += 1
            if self._faults >= FAULTS_UNTIL_HOLD:
                self.fault = self.fault or CrewFault(Outcome.SERVER, verdict.text)
            elif verdict.outcome is Outcome.NOT_BEGUN:
                self._resume_at = time.monotonic() + min(0.05 * self._faults, 1)
        elif verdict.outcome is Outcome.SENT:
            self._faults = self._pauses = 0


def hand_over_one(provider: Provider, mail: ComposedMail) -> Verdict:
    """Hand a single mail over that is nobody's row; waits for the answer.

    Raises ProviderError if the provider is not configured.
    """
    backend = provider.backend()
    message = provider.message(mail, 0, extras=known_extras(backend))
    with provider.session(backend):
        return unfit(backend, message, mail) or _handed_over(
            provider.name, backend, message
        )


def unfit(
    backend: Backend, message: EmailMultiAlternatives, mail: ComposedMail
) -> Verdict | None:
    """Why the provider cannot be told this mail as it is; None if it can.

    What it could not do for anybody is the account's; what it cannot do for an
    address of this script is the address's.
    """
    try:
        backend.build_message_payload(message, backend.send_defaults)
    except AnymailInvalidAddress as error:
        ours = "`from_email`" in str(error) or "`reply_to`" in str(error)
        outcome = Outcome.ACCOUNT if ours else Outcome.ADDRESS
        return Verdict(outcome, plain_text(str(error)))
    except AnymailUnsupportedFeature as error:
        ours = mail.recipient.isascii() or "from_email" in str(error)
        outcome = Outcome.ACCOUNT if ours else Outcome.ADDRESS
        return Verdict(outcome, plain_text(str(error)))
    except AnymailError as error:  # of a setting, such as a wrong sender domain
        return Verdict(Outcome.ACCOUNT, plain_text(str(error)))
    return None


def _handed_over(
    provider: str, backend: Backend, message: EmailMultiAlternatives
) -> Verdict:
    """One request, and what it means."""
    try:
        backend.send_messages([message])
    except Exception as error:  # whatever it was: the mail has a fate
        return judge_exception(provider, error)
    status = message.anymail_status  # type: ignore[attr-defined]
    if status.status and status.status <= {"failed"}:
        return Verdict(Outcome.RETRY, f"{provider}: the provider failed")
    known_as = status.message_id
    return Verdict(
        Outcome.SENT, "", provider_id=known_as if isinstance(known_as, str) else ""
    )
