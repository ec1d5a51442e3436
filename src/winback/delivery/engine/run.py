"""One run: a stretch of work on one mailing by one process.

The foreman's loop: claim, ask consent once more, give to the crew, take
results, record them, look whether people have changed their mind.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from winback.core.dkim import DkimKeyError
from winback.core.models import Installation
from winback.delivery.compose.letters import Addressee, Letters
from winback.delivery.compose.skeleton import Signer
from winback.delivery.engine.claims import claim, due_rows, leave_out_refused
from winback.delivery.engine.crew import CrewFault, Done, Job
from winback.delivery.engine.crews import AnyCrew, crew_for
from winback.delivery.engine.journal import Journal, journal_path
from winback.delivery.engine.lease import Lease
from winback.delivery.engine.recording import (
    Result,
    finish_if_done,
    record_results,
)
from winback.delivery.engine.stopping import is_asked_to_stop
from winback.delivery.limits import (
    forget_hold,
    hold_server,
    standing_hold,
    take_from_bucket,
)
from winback.delivery.models import DeliveryRun
from winback.delivery.rules import Outcome
from winback.delivery.senders import Server, signer_for
from winback.mailings.models import Mailing, MailingState
from winback.mailings.rules import is_in_window

logger = logging.getLogger(__name__)
CLAIM_SIZE = 500
LOOK_SECONDS = 0.5
RECORD_SECONDS = 0.25
# What the crew is given ahead: enough to stay busy, little enough to take back.
AHEAD_SECONDS = 0.5
LEAST_AHEAD = 2  # for each connection
RECORD_TRIES = 6
# Answers after which the mail can be tried again without fear.
NOT_TAKEN = frozenset(Outcome) - {Outcome.SENT, Outcome.UNCERTAIN}
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Run:
    """The foreman. ``work`` once, then throw away."""

    mailing: Mailing
    row: DeliveryRun
    journal: Journal
    server: Server
    clock: Clock
    signer: Signer | None = None
    lease: Lease = field(default_factory=Lease)
    claimed: deque[Addressee] = field(default_factory=deque)
    held: dict[int, Addressee] = field(default_factory=dict)
    lead_columns: list[str] = field(default_factory=list)
    unrecorded: list[Result] = field(default_factory=list)
    may_send: bool = True
    sent: int = 0
    _looked_at: float = 0.0
    _recorded_at: float = 0.0
    _rate: float = 0.0

    def work(self, *, seconds: float) -> int:
        """Hand over what is due for up to ``seconds``; how many were sent.

        Stops early when nothing is due, when the mailing is no longer sending,
        or when the server fails too often: then it rests, and the mailing says
        why. Whatever happens, every row this run held has a fate or is ready
        again, unless the database is away: then recovery reads the journal.
        """
        letters = Letters.of(self.mailing, signer=self.signer)
        self.lead_columns = letters.lead_columns()
        crew = crew_for(self.server, memory=self)
        try:
            self._loop(crew, letters, until=time.monotonic() + seconds)
        finally:
            crew.stop()
            self._end(crew)
        return self.sent

    def _loop(self, crew: AnyCrew, letters: Letters, *, until: float) -> None:
        while time.monotonic() < until and crew.fault is None:
            self._look()
            if not self.may_send:
                return
            if not self.claimed and not self._claim() and not crew.outstanding:
                if not self._is_waiting_for_tokens():
                    return
                time.sleep(LOOK_SECONDS)
            self._feed(crew, letters)
            self._take(crew)

    def note(self, begun: Sequence[int], answered: Sequence[Done]) -> None:
        """Remember for the crew, and tell it whether it may go on."""
        # The lines first: if this process is stopped between the two, they say
        # "perhaps" and nobody sends these mails again.
        self.journal.note(
            begun=begun,
            done=[d.recipient_id for d in answered if d.outcome is Outcome.SENT],
            refused=[d.recipient_id for d in answered if d.outcome in NOT_TAKEN],
            at=self.clock(),
        )
        if begun:
            self.lease.check()

    def _look(self) -> None:
        """Renew the lease and see whether the mailing still wants to be sent."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        if self.lease.is_due:
            self._renew_lease()
        pace = self.mailing.mails_per_hour
        self.mailing.refresh_from_db(fields=["state", "mails_per_hour"])
        if pace != self.mailing.mails_per_hour:
            self._give_back_claimed()
        self.may_send = (
            not self.lease.is_lost
            and not is_asked_to_stop()
            and self.mailing.state == MailingState.SENDING
            and is_open(self.mailing, now=self.clock())
        )

    def _renew_lease(self) -> None:
        begun_at = Lease().renewed_at
        mine = DeliveryRun.objects.filter(pk=self.row.pk, finished_at__isnull=True)
        if mine.update(heartbeat_at=self.clock()):
            self.lease.renewed_at = begun_at
        else:
            self.lease.is_lost = True

    def _claim(self) -> bool:
        limit = CLAIM_SIZE
        if self.mailing.mails_per_hour:
            limit = take_from_bucket(
                f"mailing:{self.mailing.pk}",
                limit,
                per_hour=self.mailing.mails_per_hour,
                now=self.clock(),
            )
        if not limit:
            return False
        rows = claim(
            self.row, limit=limit, now=self.clock(), lead_columns=self.lead_columns
        )
        self.claimed.extend(rows)
        self.held.update({row.recipient_id: row for row in rows})
        return bool(self.claimed)

    def _is_waiting_for_tokens(self) -> bool:
        limited = bool(self.mailing.mails_per_hour)
        return limited and due_rows(self.mailing.pk, now=self.clock()).exists()

    def _feed(self, crew: AnyCrew, letters: Letters) -> None:
        """Top the crew up, asking consent just before."""
        ahead = max(int(self._rate * AHEAD_SECONDS), LEAST_AHEAD * self._connections)
        room = ahead - crew.outstanding
        if room < max(ahead // 2, 1) or not self.claimed:
            return
        now = self.clock()
        rows = [self.claimed.popleft() for _ in range(min(room, len(self.claimed)))]
        addresses = {row.recipient_id: row.address for row in rows}
        refused = leave_out_refused(self.mailing, addresses, now=now)
        for pk in refused:
            del self.held[pk]
        crew.give(
            [
                Job(row.recipient_id, partial(letters.compose, row, now=now))
                for row in rows
                if row.recipient_id not in refused
            ]
        )

    @property
    def _connections(self) -> int:
        return self.server.connections

    def _take(self, crew: AnyCrew) -> None:
        self._note(crew.take(seconds=0.02))
        waited = time.monotonic() - self._recorded_at
        if len(self.unrecorded) >= CLAIM_SIZE or waited >= RECORD_SECONDS:
            self._rate = len(self.unrecorded) / max(waited, 0.001)
            self._record()

    def _note(self, answers: list[Done]) -> None:
        for done in answers:
            number, outcome, text, provider_id = done
            row = self.held.pop(number)
            result = Result(
                *(number, row.address, row.attempts, outcome, text),
                provider_id=provider_id,
            )
            self.unrecorded.append(result)

    def _record(self) -> None:
        self._recorded_at = time.monotonic()
        record_results(self.row, self.unrecorded, now=self.clock())
        sent = sum(r.outcome is Outcome.SENT for r in self.unrecorded)
        if sent and not self.sent:
            self._say("")
            forget_hold(self.server.key)
        self.sent += sent
        self.unrecorded.clear()

    def _end(self, crew: AnyCrew) -> None:
        """Everybody gets a fate; what cannot be told now, recovery will tell."""
        try:
            all_known = self._drain(crew)
            self._record_patiently()
        except BaseException:
            self.journal.close()
            raise
        if not all_known:
            self.journal.close()
            return
        now = self.clock()
        DeliveryRun.objects.filter(pk=self.row.pk).update(finished_at=now)
        self.journal.remove()
        if crew.fault is not None:
            self._tell_fault(crew.fault, now=now)
        finish_if_done(self.mailing.pk, now=now)

    def _drain(self, crew: AnyCrew) -> bool:
        """Take what still comes; the lease goes on while a slow server answers.

        False if the crew's thread has died with jobs in hand.
        """
        while not crew.has_ended:
            self._note(crew.take(seconds=0.1))
            if self.lease.is_due and not self.lease.is_lost:
                self._renew_lease_if_possible()
        self._note(crew.take(seconds=0))
        self._give_back_claimed()
        return not self.held

    def _renew_lease_if_possible(self) -> None:
        try:
            self._renew_lease()
        except DatabaseError:
            connection.close()

    def _give_back_claimed(self) -> None:
        """What was claimed and not given to the crew was surely not begun."""
        self._note([Done(row.recipient_id, Outcome.NOT_BEGUN) for row in self.claimed])
        self.claimed.clear()

    def _tell_fault(self, fault: CrewFault, *, now: datetime) -> None:
        if fault.outcome is not Outcome.NOT_BEGUN:
            hold_server(
                self.server.key, reason=fault.text, now=now, seconds=fault.seconds
            )
        self._say(fault.text)

    def _record_patiently(self) -> None:
        """A database that restarts is waited for: the answers are known here only."""
        for attempt in range(RECORD_TRIES):
            try:
                self._record()
            except DatabaseError:
                if attempt == RECORD_TRIES - 1:
                    raise
                logger.warning("The database is away; trying again")
                time.sleep(2**attempt / 4)
                connection.close()
            else:
                return

    def _say(self, reason: str) -> None:
        say_why_it_waits(self.mailing.pk, reason)


def say_why_it_waits(mailing_id: int, reason: str) -> None:
    """Tell it on a mailing that is sending; empty when it does not wait."""
    rows = Mailing.objects.filter(pk=mailing_id, state=MailingState.SENDING)
    rows.exclude(state_reason=reason).update(state_reason=reason[:500])


def open_run(
    mailing_id: int, *, server: Server, clock: Clock = timezone.now
) -> Run | None:
    """A run on a mailing that is sending, or None if there is nothing for it to do.

    On SQLite one run works on a mailing at a time; elsewhere any number may.
    None, too, while the mailing cannot be signed; then it says why. Raises
    JournalError if no journal can be written.
    """
    now = clock()
    if standing_hold(server.key, now=now) is not None:
        return None
    try:
        signer = signer_for(Mailing.objects.get(pk=mailing_id), server)
    except DkimKeyError as error:
        say_why_it_waits(mailing_id, str(error))
        return None
    row = DeliveryRun(
        mailing_id=mailing_id,
        host=socket.gethostname()[:200],
        pid=os.getpid(),
        started_at=now,
        heartbeat_at=now,
    )
    # Before the row, so that a row without its journal is never seen.
    journal = Journal(journal_path(row.pk))
    try:
        mailing = _admit(row)
    except BaseException:
        journal.remove()
        raise
    if mailing is None:
        journal.remove()
        return None
    return Run(mailing, row, journal, server, clock, signer)


@transaction.atomic
def _admit(row: DeliveryRun) -> Mailing | None:
    mailings = Mailing.objects.select_for_update(of=("self",))
    mailing = mailings.select_related("topic", "campaign").get(pk=row.mailing_id)
    if mailing.state != MailingState.SENDING:
        return None
    if not is_open(mailing, now=row.started_at):
        return None
    alone = not connection.features.has_select_for_update_skip_locked
    if alone and mailing.runs.filter(finished_at__isnull=True).exists():
        return None
    row.mailing = mailing
    row.save(force_insert=True)
    return mailing


def is_open(mailing: Mailing, *, now: datetime) -> bool:
    """Whether the mailing's sending window is open, in the zone it was scheduled in."""
    named = mailing.schedule_time_zone
    zone = ZoneInfo(named) if named else Installation.current().zone
    local = now.astimezone(zone).time()
    return is_in_window(local, start=mailing.window_start, end=mailing.window_end)
