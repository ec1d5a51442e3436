"""What the unsubscribe page's forms carry, signed: whose page, which visit, what was
pressed before we asked once more."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from winback.core.text import fold_script
from winback.reactions.rules.presses import Confirmation
from winback.reactions.services.unsubscribe import MAX_REASON

SEAL_SALT = "reactions.unsubscribe"
HAND_SALT = "reactions.unsubscribe.hand"
QUESTION_SALT = "reactions.unsubscribe.question"
SEAL_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button and what was filled in beside it."""

    wish: str
    reason: str = ""
    code: str = ""
    topics: tuple[str, ...] = ()
    frequency: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What we ask once more about, and since when; ``number`` is 0 if none is typed."""

    visit: str
    pressed: Pressed
    number: int
    asked_at: datetime

    def answered(self, given: Mapping[str, str], *, now: datetime) -> Confirmation:
        typed = fold_script(given.get("number", "")).strip()
        is_right = self.number > 0 and typed == str(self.number)
        return Confirmation(now - self.asked_at, is_right)


def new_visit() -> str:
    """A name for one opening of the page and all that is pressed from there."""
    return secrets.token_urlsafe(12)


def seal(recipient_id: int, visit: str) -> str:
    return signing.dumps([recipient_id, visit], salt=SEAL_SALT)


def visit_of(text: str, *, recipient_id: int) -> str:
    """The visit that this recipient's seal names; "" for anything else."""
    try:
        given, visit = signing.loads(text, salt=SEAL_SALT, max_age=SEAL_SECONDS)
    except (signing.BadSignature, TypeError, ValueError):
        return ""
    return str(visit) if given == recipient_id else ""


def hand(visit: str) -> str:
    """What the page's script puts into a form once it has seen a hand."""
    return salted_hmac(HAND_SALT, visit, algorithm="sha256").hexdigest()[:32]


def shows_a_hand(text: str, *, visit: str) -> bool:
    return constant_time_compare(text, hand(visit))


def new_number() -> int:
    """Of two digits, to be typed."""
    return 10 + secrets.randbelow(90)


def question(recipient_id: int, asked: Question) -> str:
    """The question, as the form that answers it carries it."""
    values = [
        recipient_id,
        asked.visit,
        asdict(asked.pressed),
        asked.number,
        asked.asked_at.timestamp(),
    ]
    return signing.dumps(values, salt=QUESTION_SALT, compress=True)


def question_of(text: str, *, recipient_id: int) -> Question | None:
    """The question to this recipient; None for anything else."""
    try:
        given, visit, pressed, number, asked_at = signing.loads(
            text, salt=QUESTION_SALT, max_age=SEAL_SECONDS
        )
    except (signing.BadSignature, TypeError, ValueError):
        return None
    if given != recipient_id:
        return None
    pressed["topics"] = tuple(pressed["topics"])
    at = datetime.fromtimestamp(asked_at, UTC)
    return Question(visit, Pressed(**pressed), number, at)


def pressed_of(given: Mapping[str, str], topics: list[str]) -> Pressed:
    """What a form of the page says, cut to lengths that can be carried."""
    return Pressed(
        wish=given.get("wish", "")[:10],
        reason=given.get("reason", "")[:MAX_REASON],
        code=given.get("why", "")[:40],
        topics=tuple(one[:20] for one in topics[:200]),
        frequency=given.get("frequency", "")[:20],
    )
