"""Whatever happens, in whatever order: the ledger adds up and nobody is lost."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.delivery.conftest import NOW, claim_rows, due_mailing
from tests.factories import LeadFactory
from winback.consent.models import BlacklistReason
from winback.consent.services import blacklist_address
from winback.delivery import services
from winback.delivery.compose.letters import Addressee
from winback.delivery.engine.journal import Journal, journal_path
from winback.delivery.engine.recording import Result, finish_if_done, record_results
from winback.delivery.engine.recovery import recover
from winback.delivery.models import DeliveryRun
from winback.delivery.rules import Outcome
from winback.mailings import services as people
from winback.mailings.models import Mailing
from winback.mailings.queries import ledger_sums

pytestmark = pytest.mark.django_db
PEOPLE = 6
STEPS = (
    *("claim", "record", "record", "die", "refuse", "pause", "resume", "cancel"),
    *("uncertain", "failed", "newcomers", "finish", "wait"),
)


@dataclass
class Story:
    """One mailing's life; ``step`` lets something happen to it."""

    mailing: Mailing
    now: datetime = NOW
    run: DeliveryRun | None = None
    journal: Journal | None = None
    held: list[Addressee] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def step(self, name: str, number: int) -> None:
        with contextlib.suppress(services.NothingToSendError, people.MailingError):
            getattr(self, name)(number)

    def claim(self, number: int) -> None:
        if self.run is None:
            self.run = DeliveryRun.objects.create(
                mailing=self.mailing,
                host="here",
                pid=1,
                started_at=self.now,
                heartbeat_at=self.now,
            )
            self.journal = Journal(journal_path(self.run.pk))
        self.held += claim_rows(self.run, number % 4 + 1, now=self.now)

    def record(self, number: int) -> None:
        if not self.held or self.run is None:
            return
        row, outcome = self.held.pop(), list(Outcome)[number % len(Outcome)]
        if outcome is Outcome.SENT:
            self.sent.append(row.recipient_id)
        result = Result(
            recipient_id=row.recipient_id,
            address=row.address,
            attempts=row.attempts,
            outcome=outcome,
            text="550 words",
        )
        # Twice: a second telling changes nothing.
        for _ in range(2):
            record_results(self.run, [result], now=self.now)

    def die(self, number: int) -> None:
        if self.journal is None:
            return
        for index, row in enumerate(self.held):
            if (number + index) % 3:
                self.journal.note(begun=[row.recipient_id], at=self.now)
            if (number + index) % 3 == 2:
                self.journal.note(done=[row.recipient_id], at=self.now)
                self.sent.append(row.recipient_id)
        self.journal.close()
        recover(now=self.now)
        self.run, self.journal, self.held = None, None, []

    def refuse(self, number: int) -> None:
        row = self.mailing.recipients.order_by("pk")[number % PEOPLE]
        blacklist_address(row.address, reason=BlacklistReason.BY_HAND, now=self.now)

    def pause(self, _number: int) -> None:
        people.pause_mailing(self.mailing, by=self.mailing.responsible, now=self.now)

    def resume(self, _number: int) -> None:
        people.resume_mailing(self.mailing, by=self.mailing.responsible, now=self.now)

    def cancel(self, number: int) -> None:
        if number % 2:  # or no story would be long
            people.cancel_mailing(
                self.mailing, by=self.mailing.responsible, now=self.now
            )

    def uncertain(self, _number: int) -> None:
        services.send_to_uncertain(
            self.mailing, by=self.mailing.responsible, now=self.now
        )

    def failed(self, _number: int) -> None:
        services.send_to_failed(self.mailing, by=self.mailing.responsible, now=self.now)

    def newcomers(self, number: int) -> None:
        LeadFactory(email=f"new{number % 5}@example.com")
        services.send_to_newcomers(
            self.mailing, by=self.mailing.responsible, now=self.now
        )

    def finish(self, _number: int) -> None:
        finish_if_done(self.mailing.pk, now=self.now)

    def wait(self, number: int) -> None:
        self.now += timedelta(hours=number)

    def check(self, rows_before: int) -> int:
        sums = ledger_sums(self.mailing)
        assert sums.hold
        assert sums.matched >= rows_before  # rows are never taken away
        self.mailing.refresh_from_db()
        if self.mailing.state in {"sent", "cancelled"} and not self.held:
            assert sums.still_to_send == 0
        # Sent is sent, and at most once for each telling of the server.
        assert len(self.sent) == len(set(self.sent))
        assert sums.sent == len(self.sent)
        return sums.matched


class _UndoneError(Exception):
    pass


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 11)), min_size=8, max_size=30
    )
)
def test_ledger_any_story_adds_up_at_every_step(steps: list[tuple[str, int]]) -> None:
    with contextlib.suppress(_UndoneError), transaction.atomic():
        for number in range(PEOPLE):
            LeadFactory(email=f"person{number}@example.com")
        mailing = due_mailing(frequency_cap_days=0)
        assert services.start_mailing(mailing, now=NOW)
        mailing.refresh_from_db()
        story, rows = Story(mailing), 0
        try:
            for name, number in steps:
                story.step(name, number)
                rows = story.check(rows)
        finally:
            if story.journal is not None:
                story.journal.remove()
        raise _UndoneError
