"""The smart buttons' meaning, and how a success is credited, as plain values."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

CREDIT_WINDOW = timedelta(days=30)
IGNORED_IS_FINAL_AFTER = timedelta(hours=72)


class Button(enum.StrEnum):
    """The ten smart buttons, in the order in which they are shown."""

    SENT = "sent"
    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BOUNCED = "bounced"
    IGNORED = "ignored"
    LEADS = "leads"
    QUOTATIONS = "quotations"
    INVOICED = "invoiced"


class Further(enum.StrEnum):
    """Figures beside the buttons, each with a list of its own."""

    MACHINE_OPENED = "machine_opened"
    MACHINE_CLICKED = "machine_clicked"
    UNKNOWN_OPENED = "unknown_opened"
    UNKNOWN_CLICKED = "unknown_clicked"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    LEFT_OUT = "left_out"


# What a button's rate is a share of; the others are plain counts.
RATE_OF = {
    Button.RECEIVED: Button.SENT,
    Button.OPENED: Button.RECEIVED,
    Button.CLICKED: Button.RECEIVED,
    Button.REPLIED: Button.RECEIVED,
    Button.BOUNCED: Button.SENT,
}
# These come with the sales documents; until then their place says so.
NOT_YET = {Button.QUOTATIONS, Button.INVOICED}


def rate(count: int, of: int) -> float | None:
    """``count`` as a share of ``of``, from 0 to 1; None where there is nothing."""
    return count / of if of else None


def is_so_far(started_at: datetime | None, *, now: datetime) -> bool:
    """Whether people may still be about to open: the first 72 hours."""
    return started_at is not None and now < started_at + IGNORED_IS_FINAL_AFTER


@dataclass(frozen=True, slots=True, order=True)
class Response:
    """Something that a person did with one mail. The later one is the greater."""

    at: datetime
    recipient_id: int
    kind: str  # opened, clicked, replied
    mailing_id: int


def credited_response(
    responses: Iterable[Response], *, success_at: datetime
) -> Response | None:
    """The last response within 30 days before the success, or None."""
    return max(
        (
            response
            for response in responses
            if success_at - CREDIT_WINDOW <= response.at <= success_at
        ),
        default=None,
    )
