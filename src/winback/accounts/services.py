"""Changes to accounts that are more than one form."""

from __future__ import annotations

from winback.accounts.models import User


class OwnAccountError(Exception):
    """People cannot close their own account, so somebody can always log in."""


def close_account(person: User, *, by: User) -> None:
    """Let ``person`` in no more; a second call changes nothing.

    Running sessions end with their next request: Django asks ``is_active``.
    Raises OwnAccountError if people would close themselves out.
    """
    if person.pk == by.pk:
        raise OwnAccountError
    person.is_active = False
    person.save(update_fields=["is_active"])


def open_account(person: User) -> None:
    person.is_active = True
    person.save(update_fields=["is_active"])
