"""Changes to accounts that are more than one form."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext as _

from winback.accounts.models import Notice, NoticeTone, User
from winback.accounts.rules import Role

COMMAND_LINE_ADDRESS = "command-line@localhost"


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


def command_line_account() -> User:
    """Whoever uses the machine's command line where nobody has an account yet.

    An administrator without a password, so nobody can log in as it; made when
    first asked for.
    """
    account, _made = User.objects.get_or_create(
        email=COMMAND_LINE_ADDRESS,
        defaults={
            "role": Role.ADMINISTRATOR.value,
            "first_name": _("Command line"),
            "password": make_password(None),
        },
    )
    return account


def tell(
    person: User, text: str, *, tone: NoticeTone, url: str = "", now: datetime
) -> Notice:
    """News for a person; ``text`` is in their language already. See ``Notice``."""
    return Notice.objects.create(
        person=person, text=text[:500], tone=tone, url=url, at=now
    )


def see_notices(person: User, *, up_to: int, now: datetime) -> int:
    """A person has read their news up to the one of this number; how many were new."""
    new = person.notices.filter(seen_at__isnull=True, pk__lte=up_to)
    return new.update(seen_at=now)
