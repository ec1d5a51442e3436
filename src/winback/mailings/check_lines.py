"""The lines of the check before send, and rooms above that add some of theirs."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from winback.mailings.models import Mailing
from winback.segments.waterfall import Waterfall


class Level(enum.StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"  # blocks the sending
    UNKNOWN = "unknown"  # could not be checked from here


class Group(enum.StrEnum):
    """Where a line stands among the others."""

    PEOPLE = "people"
    SENDER = "sender"
    WORDS = "words"
    LOOKS = "looks"
    SENDING = "sending"
    OUTSIDE = "outside"  # what only others can tell: DNS, web pages, a spam scorer


GROUP_NAMES: dict[Group, str | Promise] = {
    Group.PEOPLE: _("People"),
    Group.SENDER: _("Sender"),
    Group.WORDS: _("Subject and text"),
    Group.LOOKS: _("Links, pictures, looks"),
    Group.SENDING: _("Time and pace"),
    Group.OUTSIDE: _("Seen from outside"),
}
_KEYS = {
    Group.PEOPLE: ("audience", "left_out", "frequency_cap", "addresses", "holes"),
    Group.SENDER: ("sender", "reply_to", "mail_server", "postal_address"),
    Group.WORDS: (
        "subject",
        "preheader",
        "foreign",
        "body",
        "removed",
        "unsubscribe",
    ),
    Group.LOOKS: ("links", "website", "images", "size", "contrast", "support"),
    Group.OUTSIDE: ("domain", "spf", "dkim", "dmarc", "alive", "weight", "spam"),
}
_GROUP_OF = {key: group for group, keys in _KEYS.items() for key in keys}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleLink:
    """So many people, and where they are listed."""

    text: str
    count: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One line of the check; ``cure`` is the id of the place on the form.

    ``is_for_settings`` says that the cure lies in the installation's settings.
    """

    key: str
    level: Level
    text: str
    cure: str = ""
    details: list[str] = field(default_factory=list)
    people: list[PeopleLink] = field(default_factory=list)
    is_for_settings: bool = False

    @property
    def group(self) -> Group:
        return _GROUP_OF.get(self.key, Group.SENDING)


def grouped(lines: Iterable[CheckLine]) -> list[tuple[Group, list[CheckLine]]]:
    """The lines by group, in the order of the groups; empty groups are left out."""
    lines = list(lines)
    found = [(group, [x for x in lines if x.group is group]) for group in Group]
    return [(group, its_lines) for group, its_lines in found if its_lines]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a room above is told when it is asked for its lines."""

    mailing: Mailing
    figures: Waterfall | None  # None if the rules cannot be evaluated
    now: datetime


MoreLines = Callable[[Planned], Iterable[CheckLine]]
_more: dict[str, MoreLines] = {}
_more_outside: dict[str, MoreLines] = {}


def register_lines(name: str, more: MoreLines) -> None:
    """Let a room above add lines to every check; a second one of a name replaces."""
    _more[name] = more


def registered_lines(planned: Planned) -> Iterator[CheckLine]:
    """The lines of the rooms above, in the order in which they registered."""
    for more in _more.values():
        yield from more(planned)


def register_outside_lines(name: str, more: MoreLines) -> None:
    """As ``register_lines``, for what needs an answer from another machine."""
    _more_outside[name] = more


def registered_outside_lines(planned: Planned) -> Iterator[CheckLine]:
    """May take seconds: every line may ask another machine."""
    for more in _more_outside.values():
        yield from more(planned)


def apart(text: str) -> str:
    """``text`` for the middle of a right-to-left line: addresses, colours, figures.

    Left as it is for readers from left to right.
    """
    return f"\u2066{text}\u2069" if get_language_bidi() else text


def good(key: str, text: str, details: list[str] | None = None) -> CheckLine:
    return CheckLine(key=key, level=Level.GOOD, text=text, details=details or [])


def unknown(key: str, text: str) -> CheckLine:
    return CheckLine(key=key, level=Level.UNKNOWN, text=text)


def warn(key: str, text: str, cure: str, details: list[str] | None = None) -> CheckLine:
    return CheckLine(
        key=key, level=Level.WARN, text=text, cure=cure, details=details or []
    )


def bad(key: str, text: str, cure: str, details: list[str] | None = None) -> CheckLine:
    return CheckLine(
        key=key, level=Level.BAD, text=text, cure=cure, details=details or []
    )
