"""Rests of mail servers in the database: shared by all workers, kept over restarts."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction

from winback.delivery.models import ServerHold
from winback.delivery.rules import hold_delay


def standing_hold(key: str, *, now: datetime) -> ServerHold | None:
    """The rest a server is in, or None."""
    return ServerHold.objects.filter(key=key, until__gt=now).first()


def hold_server(
    key: str, *, reason: str, now: datetime, seconds: float = 0.0
) -> ServerHold:
    """Let a server rest, longer each time until it has worked again.

    Never shorter than the ``seconds`` it asked for.
    """
    with transaction.atomic():
        ServerHold.objects.get_or_create(key=key, defaults={"until": now})
        hold = ServerHold.objects.select_for_update().get(key=key)
        hold.holds += 1
        delay = hold_delay(hold.holds, jitter=random.random())  # noqa: S311
        hold.until = now + max(delay, timedelta(seconds=seconds))
        hold.reason = reason[:500]
        hold.save(update_fields=["holds", "until", "reason"])
    return hold


def forget_hold(key: str) -> None:
    """The server works."""
    ServerHold.objects.filter(key=key).delete()
