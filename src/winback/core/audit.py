"""The audit log: who did what to what, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from winback.core.models import AuditEntry


def record(
    action: str,
    *,
    actor: AbstractBaseUser | None,
    subject: str,
    subject_id: object,
    at: datetime,
    **details: Any,
) -> None:
    """Add one row, in the caller's transaction: what is rolled back was not done.

    ``action`` is a verb with its room ("mailings.send"), ``subject`` the kind of
    thing ("mailing"). ``details`` must be fit for JSON and hold no secret.
    ``actor`` None is the installation itself.
    """
    AuditEntry.objects.create(
        at=at,
        actor_id=actor.pk if actor else None,
        actor_name=str(actor)[:200] if actor else "",
        action=action,
        subject=subject,
        subject_id=str(subject_id),
        details=details,
    )
