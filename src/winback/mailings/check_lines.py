"""The lines of the check before send, and rooms above that add some of theirs."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from winback.mailings.models import Mailing
from winback.segments.waterfall import Waterfall


class Level(enum.StrEnum):
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"  # blocks the sending
    UNKNOWN = "unknown"  # could not be checked from here


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
    is_for_settings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a room above is told when it is asked for its lines."""

    mailing: Mailing
    figures: Waterfall | None  # None if the rules cannot be evaluated
    now: datetime


MoreLines = Callable[[Planned], Iterable[CheckLine]]
_more: dict[str, MoreLines] = {}


def register_lines(name: str, more: MoreLines) -> None:
    """Let a room above add lines to every check; a second one of a name replaces."""
    _more[name] = more


def registered_lines(planned: Planned) -> Iterator[CheckLine]:
    """The lines of the rooms above, in the order in which they registered."""
    for more in _more.values():
        yield from more(planned)


def good(key: str, text: str) -> CheckLine:
    return CheckLine(key=key, level=Level.GOOD, text=text)


def warn(key: str, text: str, cure: str, details: list[str] | None = None) -> CheckLine:
    return CheckLine(
        key=key, level=Level.WARN, text=text, cure=cure, details=details or []
    )


def bad(key: str, text: str, cure: str, details: list[str] | None = None) -> CheckLine:
    return CheckLine(
        key=key, level=Level.BAD, text=text, cure=cure, details=details or []
    )
