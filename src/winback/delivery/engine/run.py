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
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from winback.core.dkim import DkimKeyError
from winback.core.models import Installation
from winback.delivery.clock import Clock
from winback.delivery.compose.letters import Addressee, Letters
from winback.delivery.compose.skeleton import Signer
from winback.delivery.engine.claims import leave_out_refused
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
from winback.delivery.engine.supply import Supply
from winback.delivery.holds import forget_hold, hold_server, standing_hold
from winback.delivery.models import DeliveryRun, MailingWatch
from winback.delivery.rules import Outcome
from winback.delivery.senders import NoSenderError, Sender, sender_for, signer_for
from winback.delivery.services.guarding import look_after
from winback.delivery.turns import is_open, others_wait
from winback.mailings.models import Mailing, MailingState

logger = logging.getLogger(__name__)
CLAIM_SIZE = 500
LOOK_SECONDS = 0.5
GUARD_SECONDS = 5.0
# A mailing works at least so long before others that wait get its worker.
TURN_SECONDS = 5.0
# Limits that let a mail go within this time are waited for; the beat does the rest.
WAIT_SECONDS = 2.0
# After a claim that found nothing the next one waits: the crew is still busy.
CLAIM_PAUSE_SECONDS = 0.1
RECORD_SECONDS = 0.25
# What the crew is given ahead: enough to stay busy, little enough to take back.
AHEAD_SECONDS = 0.5
LEAST_AHEAD = 2  # for each connection
RECORD_TRIES = 6
# Answers after which the mail can be tried again without fear.
NOT_TAKEN = frozenset(Outcome) - {Outcome.SENT, Outcome.UNCERTAIN}
# Answers that cost no receiving server anything: what was granted goes back.
UNUSED = {Outcome.NOT_BEGUN, Outcome.SERVER, Outcome.ACCOUNT, Outcome.CONTENT}


@dataclass(slots=True)
class Run:
    """The foreman. ``work`` once, then throw away."""

    mailing: Mailing
    row: DeliveryRun
    journal: Journal
    supply: Supply
    clock: Clock
    signer: Signer | None = None
    lease: Lease = field(default_factory=Lease)
    claimed: deque[Addressee] = field(default_factory=deque)
    held: dict[int, Addressee] = field(default_factory=dict)
    unrecorded: list[Result] = field(default_factory=list)
    may_send: bool = True
    sent: int = 0
    _looked_at: float = 0.0
    _guarded_at: float = 0.0
    _turn_ends_at: float = 0.0
    _claim_from: float = 0.0
    _recorded_at: float = 0.0
    _rate: float = 0.0

    def work(self, *, seconds: float) -> int:
        """Hand over what is due for up to ``seconds``; how many were sent.

        Stops early when nothing may go, when the mailing is no longer sending,
        when others wait for this worker, or when the server fails too often:
        then it rests, and the mailing says why. Whatever happens, every row this
        run held has a fate or is ready again, unless the database is away: then
        recovery reads the journal.
        """
        letters = Letters.of(self.mailing, signer=self.signer)
        self.supply.lead_columns = letters.lead_columns()
        crew = crew_for(self.supply.sender.server, memory=self)
        self._turn_ends_at = time.monotonic() + TURN_SECONDS
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
                if not self._is_worth_waiting():
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
        if now - self._guarded_at >= GUARD_SECONDS:
            self._guarded_at = now
            look_after(self.mailing, now=self.clock())
        pace = self.mailing.mails_per_hour
        self.mailing.refresh_from_db(fields=["state", "mails_per_hour"])
        if self.supply.refresh() or pace != self.mailing.mails_per_hour:
            self._give_back_claimed()
        self.may_send = (
            not self.lease.is_lost
            and not is_asked_to_stop()
            and self.mailing.state == MailingState.SENDING
            and is_open(self.mailing, now=self.clock(), home=self.supply.zone)
            and not self._must_yield(now)
        )

    def _must_yield(self, now: float) -> bool:
        """Whether its turn is over and somebody else waits; asked once a turn."""
        if now < self._turn_ends_at:
            return False
        self._turn_ends_at = now + TURN_SECONDS
        return others_wait(self.mailing.pk, now=self.clock())

    def _renew_lease(self) -> None:
        begun_at = Lease().renewed_at
        mine = DeliveryRun.objects.filter(pk=self.row.pk, finished_at__isnull=True)
        if mine.update(heartbeat_at=self.clock()):
            self.lease.renewed_at = begun_at
        else:
            self.lease.is_lost = True

    def _claim(self) -> bool:
        if time.monotonic() < self._claim_from:
            return False
        rows = self.supply.take(CLAIM_SIZE, now=self.clock())
        if not rows:
            self._claim_from = time.monotonic() + CLAIM_PAUSE_SECONDS
        self.claimed.extend(rows)
        self.held.update({row.recipient_id: row for row in rows})
        return bool(rows)

    def _is_worth_waiting(self) -> bool:
        """Whether a limit lets a mail go soon, and nobody else wants this worker."""
        seconds = self.supply.seconds_to_wait(now=self.clock())
        if seconds is None or seconds > WAIT_SECONDS:
            return False
        return not others_wait(self.mailing.pk, now=self.clock())

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
            self.supply.note_unused(self.held.pop(pk))
        crew.give(
            [
                Job(row.recipient_id, partial(letters.compose, row, now=now))
                for row in rows
                if row.recipient_id not in refused
            ]
        )

    @property
    def _connections(self) -> int:
        return self.supply.sender.server.connections

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
            if outcome in UNUSED:
                self.supply.note_unused(row)
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
            forget_hold(self.supply.sender.key)
        self.sent += sent
        self.unrecorded.clear()
        self.supply.give_back_unused(now=self.clock())

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
                self.supply.sender.key,
                reason=fault.text,
                now=now,
                seconds=fault.seconds,
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


def open_run(mailing_id: int, *, clock: Clock = timezone.now) -> Run | None:
    """A run on a mailing that is sending, or None if there is nothing for it to do.

    It sends through the mailing's own sender. On SQLite one run works on a
    mailing at a time; elsewhere any number may. None, too, while the mailing
    cannot be signed; then it says why. Raises JournalError if no journal can be
    written, ServerUrlError if the senders cannot be read.
    """
    sender = _sender(mailing_id)
    if sender is None or standing_hold(sender.key, now=clock()) is not None:
        return None
    try:
        signer = signer_for(Mailing.objects.get(pk=mailing_id), sender.server)
    except DkimKeyError as error:
        say_why_it_waits(mailing_id, str(error))
        return None
    row = _new_row(mailing_id, sender, now=clock())
    # Before the row, so that a row without its journal is never seen.
    journal = Journal(journal_path(row.pk))
    try:
        supply = _admit(row, sender)
    except BaseException:
        journal.remove()
        raise
    if supply is None:
        journal.remove()
        return None
    return Run(supply.mailing, row, journal, supply, clock, signer)


def _sender(mailing_id: int) -> Sender | None:
    addresses = Mailing.objects.filter(pk=mailing_id).values_list("from_address")
    try:
        return sender_for(addresses.get()[0])
    except NoSenderError:
        return None


def _new_row(mailing_id: int, sender: Sender, *, now: datetime) -> DeliveryRun:
    return DeliveryRun(
        mailing_id=mailing_id,
        sender=sender.key,
        host=socket.gethostname()[:200],
        pid=os.getpid(),
        started_at=now,
        heartbeat_at=now,
    )


@transaction.atomic
def _admit(row: DeliveryRun, sender: Sender) -> Supply | None:
    mailings = Mailing.objects.select_for_update(of=("self",))
    mailing = mailings.select_related("topic", "campaign").get(pk=row.mailing_id)
    home = Installation.current().zone
    if mailing.state != MailingState.SENDING:
        return None
    if not is_open(mailing, now=row.started_at, home=home):
        return None
    alone = not connection.features.has_select_for_update_skip_locked
    if alone and mailing.runs.filter(finished_at__isnull=True).exists():
        return None
    row.mailing = mailing
    row.save(force_insert=True)
    MailingWatch.objects.update_or_create(
        mailing=mailing, defaults={"served_at": row.started_at}
    )
    return Supply(row, mailing, sender, home)
