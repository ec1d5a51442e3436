"""Decisions of delivery: values in, values out."""

from __future__ import annotations

import enum
import re
from datetime import timedelta

MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
FIRST_HOLD = timedelta(seconds=5)
LONGEST_HOLD = timedelta(minutes=5)
FAULTS_UNTIL_HOLD = 5


class Stage(enum.StrEnum):
    """Where in the talk with a server something was said."""

    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    LOGIN = "login"
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    DATA = "data"
    CONTENT = "content"  # after the final dot


class Outcome(enum.StrEnum):
    """What becomes of one hand-over."""

    SENT = "sent"
    RETRY = "retry"  # later, counted
    ADDRESS = "address"  # final: this address
    MESSAGE = "message"  # final: this message
    CONTENT = "content"  # final: could not be written for this person
    SERVER = "server"  # not this mail's fault: not counted
    ACCOUNT = "account"  # our login or our sender: nobody's fault but ours
    UNCERTAIN = "uncertain"  # begun, and the answer never came
    NOT_BEGUN = "not_begun"  # given back


FINAL_FAILURES = {Outcome.ADDRESS, Outcome.MESSAGE, Outcome.CONTENT}

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_RELAY_WORDS = re.compile(r"relay|authenticat|not permitted|log ?in", re.I)
_ACCOUNT_CODES = {530, 534, 535, 538}
# RFC 3463: 5.1.x address, 5.2.x mailbox. At the end of the content some servers
# say only there that the person does not exist.
_ADDRESS_SUBJECTS = {"1", "2"}
# RFC 3463: the sender's own address or domain is what the server dislikes.
_SENDER_DETAILS = {("1", "7"), ("1", "8"), ("7", "23"), ("7", "26"), ("7", "27")}


def judge_answer(stage: Stage, code: int, text: str) -> Outcome:
    """What an answer of the server means for the mail in hand.

    421 speaks about the connection, never about a mail (RFC 5321, 3.8), and so
    does a "yes" where the talk cannot have one. A
    refusal of our login, our sender or of relaying would refuse everybody, so
    it is the account's and the mailing waits.
    """
    if stage is Stage.CONTENT and 200 <= code < 300:
        return Outcome.SENT
    if code < 400 or code == 421:
        return Outcome.SERVER
    if code in _ACCOUNT_CODES:
        return Outcome.ACCOUNT
    if 400 <= code < 500:
        return Outcome.SERVER if stage is Stage.SENDER else Outcome.RETRY
    return _judge_refusal(stage, code, text)


def _judge_refusal(stage: Stage, code: int, text: str) -> Outcome:
    subject, detail = enhanced_status(text)
    if (subject, detail) in _SENDER_DETAILS:
        return Outcome.ACCOUNT
    if stage is Stage.SENDER:
        return Outcome.MESSAGE if code == 552 or subject == "3" else Outcome.ACCOUNT
    if stage is Stage.RECIPIENT:
        wrong_account = subject in {"", "7"} and _RELAY_WORDS.search(text)
        return Outcome.ACCOUNT if wrong_account else Outcome.ADDRESS
    return Outcome.ADDRESS if subject in _ADDRESS_SUBJECTS else Outcome.MESSAGE


def enhanced_status(text: str) -> tuple[str, str]:
    """Subject and detail of an enhanced status code (RFC 3463), or empty ones."""
    match = _ENHANCED.search(text)
    return (match[2], match[3]) if match else ("", "")


def retry_delay(attempts: int, *, jitter: float) -> timedelta | None:
    """The wait after this many attempts; None once they are used up.

    5, 15, 45 minutes, then up to 6 hours: the first is long enough for most
    greylisting, the last attempt comes about a day after the first. ``jitter``
    from 0 to 1 spreads each wait by a fifth to both sides.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return _spread(
        min(FIRST_RETRY * 3.0 ** max(attempts - 1, 0), LONGEST_RETRY), jitter
    )


def hold_delay(faults: int, *, jitter: float) -> timedelta:
    """How long a sender rests after this many holds in a row, from 1."""
    return _spread(min(FIRST_HOLD * 2.0 ** min(faults - 1, 10), LONGEST_HOLD), jitter)


def _spread(delay: timedelta, jitter: float) -> timedelta:
    return delay * (0.8 + 0.4 * jitter)


class JournalState(enum.StrEnum):
    """What is left of a run's journal."""

    HELD = "held"  # its process has it open
    FREE = "free"  # its process is gone, the file is here
    OUT_OF_REACH = "out_of_reach"  # on another host, or gone


class RunVerdict(enum.StrEnum):
    ALIVE = "alive"
    DEAD = "dead"  # its journal tells what it did
    LOST = "lost"  # dead, and nothing tells what it did


LOST_AFTER = timedelta(minutes=5)


def judge_run(journal: JournalState, *, silent_for: timedelta) -> RunVerdict:
    """Whether an unfinished run can be buried, and whether its journal speaks.

    A process that lives is never buried, however silent: it may have been
    stopped and go on. One whose journal is free is buried at once. Where the
    journal cannot be seen, only long silence tells, ten times as long as a run
    may be silent before it stops by itself.
    """
    if journal is JournalState.HELD:
        return RunVerdict.ALIVE
    if journal is JournalState.FREE:
        return RunVerdict.DEAD
    return RunVerdict.LOST if silent_for >= LOST_AFTER else RunVerdict.ALIVE
