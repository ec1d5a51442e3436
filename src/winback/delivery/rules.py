"""Decisions of delivery: values in, values out."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_ATTEMPTS = 8
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
FIRST_HOLD = timedelta(seconds=5)
LONGEST_HOLD = timedelta(minutes=5)
FAULTS_UNTIL_HOLD = 5
MORNING = time(8, 0)


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


def next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    """The next eight o'clock in ``zone``; now itself between eight and nine."""
    local = now.astimezone(zone)
    if local.hour == MORNING.hour:
        return now
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone)


def is_within_window(at: time, start: time | None, end: time | None) -> bool:
    """Whether mails may go out at ``at``: start <= at < end, also over midnight."""
    if start is None or end is None or start == end:
        return True
    if start < end:
        return start <= at < end
    return at >= start or at < end


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What recovery knows of a run that has not finished."""

    silent_for: timedelta
    same_host: bool
    process_lives: bool  # only meaningful on the same host
    journal_readable: bool


class RunVerdict(enum.StrEnum):
    ALIVE = "alive"
    DEAD = "dead"  # its journal tells what it did
    LOST = "lost"  # dead, and nothing tells what it did


LEASE = timedelta(seconds=60)
LOST_GRACE = timedelta(minutes=5)


def judge_run(facts: RunFacts) -> RunVerdict:
    """Whether a run can be buried, and whether its journal speaks.

    A process of this host that lives is never buried, however silent: it may
    have been stopped and go on. One that is gone is buried at once.
    """
    if facts.same_host:
        if facts.process_lives:
            return RunVerdict.ALIVE
        return RunVerdict.DEAD if facts.journal_readable else RunVerdict.LOST
    if facts.silent_for < LEASE:
        return RunVerdict.ALIVE
    if facts.journal_readable:
        return RunVerdict.DEAD
    return RunVerdict.LOST if facts.silent_for >= LOST_GRACE else RunVerdict.ALIVE


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens left at a moment: one token, one mail."""

    tokens: float
    refilled_at: datetime


def take_tokens(
    bucket: Bucket, wanted: int, *, per_hour: int, now: datetime
) -> tuple[Bucket, int]:
    """Take up to ``wanted`` tokens; the bucket afterwards and how many were taken.

    It holds at most ten seconds' worth (and at least one), so that neither a
    pause nor a restart is made up for by a burst. A clock set back gives nothing.
    """
    passed = max((now - bucket.refilled_at).total_seconds(), 0.0)
    most = max(per_hour / 360, 1.0)
    tokens = min(bucket.tokens + passed * per_hour / 3600, most)
    taken = min(wanted, int(tokens))
    return Bucket(tokens - taken, max(now, bucket.refilled_at)), taken
