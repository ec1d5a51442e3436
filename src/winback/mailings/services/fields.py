"""What a mailing may be given: every value checked before anything is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import time

from django.utils.translation import gettext as _

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.consent.models import Topic
from winback.content.liquid.limits import MAX_SOURCE_LENGTH
from winback.content.models import BodyKind
from winback.core.addresses import names_one_address, parse_address
from winback.core.text import is_one_line
from winback.mailings.errors import MailingInvalidError
from winback.mailings.models import Campaign, Timing
from winback.segments.rules import RuleTreeError
from winback.segments.services import resolve_tree

CONTENT_FIELDS = ("subject", "preheader", "body_kind", "body")
# So many addresses say enough about a list of any size.
MOST_CANARIES = 5000
Cleaner = Callable[[object, User], object]


class _WrongValueError(Exception):
    """One value cannot be saved; the message says why."""


def cleaned_changes(changes: Mapping[str, object], *, user: User) -> dict[str, object]:
    """``changes`` fit to be saved. Raises MailingInvalidError naming every fault."""
    cleaned: dict[str, object] = {}
    problems: dict[str, str] = {}
    for name, value in changes.items():
        cleaner = _CLEANERS.get(name)
        try:
            if cleaner is None:
                raise _WrongValueError(_("There is no such field."))
            cleaned[name] = cleaner(value, user)
        except _WrongValueError as error:
            problems[name] = str(error)
    if problems:
        raise MailingInvalidError(problems)
    return cleaned


def _line(limit: int) -> Cleaner:
    """Text for a header. What could begin another header is refused, not removed."""

    def clean(value: object, _user: User) -> str:
        text = str(value or "").strip(" \t")
        if not is_one_line(text):
            raise _WrongValueError(
                _("Line breaks and control characters cannot be used here.")
            )
        if len(text) > limit:
            raise _WrongValueError(
                _("Use at most %(limit)d characters.") % {"limit": limit}
            )
        return text

    return clean


def _address(value: object, user: User) -> str:
    text = str(_line(254)(value, user))
    if not text:
        return ""
    parsed = parse_address(text)
    if parsed.status != "ok":
        raise _WrongValueError(_("This is not an email address."))
    if not names_one_address(text):
        raise _WrongValueError(_("Use one address only."))
    return parsed.normalized


def _body(value: object, _user: User) -> str:
    text = str(value or "").replace("\r\n", "\n")
    if len(text) > MAX_SOURCE_LENGTH:
        raise _WrongValueError(_("This is too long: at most 512 KB are possible."))
    if "\0" in text:
        raise _WrongValueError(_("This holds a NUL character. Take it out."))
    return text


def _choice(choices: list[str]) -> Cleaner:
    def clean(value: object, _user: User) -> str:
        if value not in choices:
            raise _WrongValueError(_("Choose one of the list."))
        return str(value)

    return clean


def _rules(value: object, user: User) -> object:
    if value in (None, {}):
        return {}
    try:
        return resolve_tree(value, user=user)  # type: ignore[arg-type]
    except RuleTreeError as error:
        lines = [f"{problem.path}: {problem.message}" for problem in error.problems]
        raise _WrongValueError(" ".join(lines)) from error


def _campaign(value: object, user: User) -> Campaign | None:
    if value is None or isinstance(value, Campaign):
        return value
    name = str(_line(200)(value, user))
    return Campaign.objects.filter(name=name).first() if name else None


def _topic(value: object, _user: User) -> Topic:
    if not isinstance(value, Topic):
        raise _WrongValueError(_("Choose one of the list."))
    return value


def _responsible(value: object, _user: User) -> User:
    if not isinstance(value, User) or not value.may(Right.USE_MAILINGS):
        raise _WrongValueError(_("This person does not work with mailings."))
    return value


def _whole_number(limit: int, *, empty: int | None = None) -> Cleaner:
    def clean(value: object, _user: User) -> int | None:
        if value in (None, ""):
            return empty
        text = str(value)
        if (
            not text.isascii()
            or not text.isdigit()
            or int(text[:9]) > limit
            or len(text) > 9
        ):
            raise _WrongValueError(
                _("Use a whole number from 0 to %(limit)d.") % {"limit": limit}
            )
        return int(text)

    return clean


def _number_from(least: int, most: int, *, empty: int) -> Cleaner:
    whole = _whole_number(most, empty=empty)

    def clean(value: object, user: User) -> int:
        try:
            number = whole(value, user)
        except _WrongValueError:
            number = None
        if not isinstance(number, int) or number < least:
            raise _WrongValueError(
                _("Use a whole number from %(least)d to %(limit)d.")
                % {"least": least, "limit": most}
            )
        return number

    return clean


def _time(value: object, _user: User) -> time | None:
    if value in (None, ""):
        return None
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError as error:
        raise _WrongValueError(_("Use a time like 09:00.")) from error


def _flag(value: object, _user: User) -> bool:
    return bool(value)


_CLEANERS: dict[str, Cleaner] = {
    "name": _line(300),
    "subject": _line(500),
    "preheader": _line(500),
    "body_kind": _choice(list(BodyKind.values)),
    "body": _body,
    "from_name": _line(200),
    "from_address": _address,
    "reply_to": _address,
    "rules": _rules,
    "campaign": _campaign,
    "topic": _topic,
    "responsible": _responsible,
    "restore_on_reply": _flag,
    "task_on_reply": _flag,
    "frequency_cap_days": _whole_number(3650, empty=0),
    "timing": _choice(list(Timing.values)),
    "window_start": _time,
    "window_end": _time,
    "mails_per_hour": _whole_number(10_000_000),
    "canary": _flag,
    "canary_size": _number_from(10, MOST_CANARIES, empty=100),
    "canary_wait_minutes": _number_from(0, 1440, empty=30),
}
