"""Slower and faster while it runs."""

from __future__ import annotations

from datetime import datetime

from winback.accounts.models import User
from winback.core.audit import record
from winback.delivery.rules.pace import Direction, changed_pace
from winback.mailings.models import Mailing


def set_pace(
    mailing: Mailing, *, mails_per_hour: int | None, by: User, now: datetime
) -> None:
    """Send at most so many mails an hour from now on; None for no limit.

    Takes effect within a second, also on mails that were claimed already.
    Raises ValueError for a limit below one.
    """
    if mails_per_hour is not None and mails_per_hour < 1:
        raise ValueError("a limit is at least one mail an hour")
    mailing.mails_per_hour = mails_per_hour
    mailing.save(update_fields=["mails_per_hour"])
    record(
        "delivery.set_pace",
        actor=by,
        subject="mailing",
        subject_id=mailing.pk,
        at=now,
        mails_per_hour=mails_per_hour,
    )


def change_pace(
    mailing: Mailing,
    direction: Direction,
    *,
    mails_per_minute: int,
    by: User,
    now: datetime,
) -> int | None:
    """Halve or double the pace; the new limit, None for none.

    ``mails_per_minute`` is how fast it goes now: what "slower" begins from where
    no limit is set.
    """
    pace = changed_pace(
        mailing.mails_per_hour, direction, mails_per_hour_now=mails_per_minute * 60
    )
    set_pace(mailing, mails_per_hour=pace, by=by, now=now)
    return pace
