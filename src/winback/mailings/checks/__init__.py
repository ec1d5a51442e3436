"""Check before send: every line green, amber or red, with a link to its cure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from winback.core.models import Installation
from winback.mailings.check_lines import (
    CheckLine,
    Group,
    Level,
    Planned,
    grouped,
    registered_lines,
)
from winback.mailings.checks.addresses import address_line
from winback.mailings.checks.looks import (
    contrast_line,
    images_line,
    links_line,
    size_line,
    support_lines,
    website_lines,
)
from winback.mailings.checks.people import (
    audience_line,
    duration_line,
    holes_lines,
    left_out_lines,
)
from winback.mailings.checks.sender import (
    domain_lines,
    postal_line,
    reply_line,
    sender_line,
)
from winback.mailings.checks.words import (
    foreign_lines,
    removed_lines,
    subject_lines,
    unsubscribe_line,
)
from winback.mailings.checks.written import Written, write_contents
from winback.mailings.contents import main_version
from winback.mailings.models import Mailing
from winback.segments.waterfall import Waterfall

__all__ = [
    "CheckLine",
    "Level",
    "Report",
    "blocking_reasons",
    "check_mailing",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole check of one mailing."""

    lines: list[CheckLine]
    figures: Waterfall | None

    @property
    def blocks(self) -> bool:
        return self.count(Level.BAD) > 0

    @property
    def groups(self) -> list[tuple[Group, list[CheckLine]]]:
        return grouped(self.lines)

    def count(self, level: Level) -> int:
        return sum(line.level == level for line in self.lines)


def check_mailing(mailing: Mailing, *, now: datetime, asks_dns: bool = True) -> Report:
    """Everything that can be told before the start.

    ``asks_dns`` False leaves the sender's domain unchecked; it is never asked
    in demo mode or when mail goes to this machine only.
    """
    installation = Installation.current()
    contents = list(main_version(mailing).contents.order_by("language"))
    written, unreadable = write_contents(contents, mailing, installation)
    figures, audience = audience_line(mailing, now=now)
    lines = [
        audience,
        *left_out_lines(figures),
        *address_line(mailing, figures, now=now),
        *(holes_lines(mailing, written, figures, now=now) if written else []),
        sender_line(mailing),
        *(domain_lines(mailing) if asks_dns else []),
        reply_line(mailing),
        *subject_lines(contents, written),
        *foreign_lines(contents),
        *unreadable,
        *_of_written(written, installation),
        *registered_lines(Planned(mailing=mailing, figures=figures, now=now)),
    ]
    # A room above that knows of more limits has told already how long it takes.
    if all(line.key != "duration" for line in lines):
        lines.append(duration_line(mailing, figures))
    return Report(lines=lines, figures=figures)


def _of_written(
    written: list[Written], installation: Installation
) -> Iterator[CheckLine]:
    if not written:
        return
    yield postal_line(written, installation)
    yield from removed_lines(written)
    yield unsubscribe_line(written)
    yield links_line(written)
    yield from website_lines(written, installation)
    yield images_line(written)
    yield size_line(written)
    yield contrast_line(written)
    yield from support_lines(written)


def blocking_reasons(mailing: Mailing, *, now: datetime) -> list[str]:
    """Why the mailing may not be sent; empty if it may. Asks no DNS."""
    report = check_mailing(mailing, now=now, asks_dns=False)
    return [line.text for line in report.lines if line.level == Level.BAD]
