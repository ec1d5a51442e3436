"""Decisions of delivery, without a server, a clock or a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from winback.delivery.rules import (
    JournalState,
    Outcome,
    RunVerdict,
    Stage,
    hold_delay,
    judge_answer,
    judge_run,
    retry_delay,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome"),
    [
        (Stage.CONTENT, 250, "2.0.0 queued", Outcome.SENT),
        (Stage.RECIPIENT, 250, "out of place", Outcome.SERVER),
        (Stage.CONTENT, 354, "out of place", Outcome.SERVER),
        (Stage.CONTENT, 421, "4.3.2 shutting down", Outcome.SERVER),
        (Stage.RECIPIENT, 450, "4.2.1 try later", Outcome.RETRY),
        (Stage.SENDER, 452, "4.3.1 disk full", Outcome.SERVER),
        (Stage.RECIPIENT, 550, "5.1.1 unknown user", Outcome.ADDRESS),
        (Stage.RECIPIENT, 550, "no such user", Outcome.ADDRESS),
        (Stage.RECIPIENT, 550, "5.1.7 bad sender address", Outcome.ACCOUNT),
        (Stage.RECIPIENT, 554, "5.7.1 relay access denied", Outcome.ACCOUNT),
        (Stage.RECIPIENT, 550, "relaying denied", Outcome.ACCOUNT),
        (Stage.RECIPIENT, 550, "5.1.1 relay says unknown", Outcome.ADDRESS),
        (Stage.SENDER, 553, "sender not owned", Outcome.ACCOUNT),
        (Stage.SENDER, 552, "5.3.4 too big", Outcome.MESSAGE),
        (Stage.CONTENT, 554, "5.7.1 looks like spam", Outcome.MESSAGE),
        (Stage.CONTENT, 550, "5.7.26 not aligned with DMARC", Outcome.ACCOUNT),
        (Stage.CONTENT, 552, "5.2.2 over quota", Outcome.ADDRESS),
        (Stage.DATA, 535, "5.7.8 bad login", Outcome.ACCOUNT),
    ],
)
def test_judge_answer_is_sorted_by_whose_fault_it_is(
    stage: Stage, code: int, text: str, outcome: Outcome
) -> None:
    assert judge_answer(stage, code, text) is outcome


def test_retry_delay_grows_and_ends() -> None:
    minutes = [
        delay / timedelta(minutes=1)
        for attempts in range(1, 8)
        if (delay := retry_delay(attempts, jitter=0.5))
    ]

    assert minutes == [5, 15, 45, 135, 360, 360, 360]
    assert retry_delay(8, jitter=0.5) is None
    assert retry_delay(1, jitter=0) == timedelta(minutes=4)
    assert retry_delay(1, jitter=1) == timedelta(minutes=6)


def test_hold_delay_grows_to_five_minutes() -> None:
    seconds = [hold_delay(n, jitter=0.5).total_seconds() for n in (1, 2, 3, 7, 9999)]

    assert seconds == [5, 10, 20, 300, 300]


@pytest.mark.parametrize(
    ("journal", "minutes", "verdict"),
    [
        (JournalState.HELD, 9999, RunVerdict.ALIVE),
        (JournalState.FREE, 0, RunVerdict.DEAD),
        (JournalState.OUT_OF_REACH, 4.9, RunVerdict.ALIVE),
        (JournalState.OUT_OF_REACH, 5, RunVerdict.LOST),
        (JournalState.OUT_OF_REACH, -60, RunVerdict.ALIVE),
    ],
)
def test_judge_run_only_the_gone_are_buried(
    journal: JournalState, minutes: float, verdict: RunVerdict
) -> None:
    assert judge_run(journal, silent_for=timedelta(minutes=minutes)) is verdict
