"""One row of a file as the columns of a lead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from winback.core.addresses import parse_address
from winback.core.text import fold
from winback.crm.cells import with_formula_sign
from winback.crm.imports.lookups import Lookups, StageEntry
from winback.crm.imports.mapping import DATE_TARGETS, ColumnMapping
from winback.crm.imports.values import (
    CellError,
    parse_boolean,
    parse_count,
    parse_country,
    parse_currency,
    parse_language,
    parse_moment,
    parse_money,
    parse_probability,
    parse_time_zone,
)
from winback.crm.rules import FOLDED_FIELDS, Status, clean_line

Parser = Callable[[str], Any]
# Column -> how long a text may be.
TEXT_LENGTHS = {
    "title": 300,
    "contact_name": 200,
    "first_name": 200,
    "last_name": 200,
    "company": 200,
    "email": 320,
    "phone": 64,
    "city": 120,
    "external_id": 200,
}
STATE_TARGETS = frozenset(
    {"status", "outcome", "active", "lost_reason", "lost_at", "won_at", "stage"}
)
STATUS_WORDS = {
    "open": Status.OPEN,
    "відкрито": Status.OPEN,
    "відкритий": Status.OPEN,
    "باز": Status.OPEN,
    "pending": Status.OPEN,
    "won": Status.WON,
    "виграно": Status.WON,
    "برنده": Status.WON,
    "برد": Status.WON,
    "lost": Status.LOST,
    "втрачено": Status.LOST,
    "програно": Status.LOST,
    "باخت": Status.LOST,
    "از دست رفته": Status.LOST,
}
OUTCOME_WORDS = STATUS_WORDS | {
    "closed won": Status.WON,
    "closedwon": Status.WON,
    "converted": Status.WON,
    "closed converted": Status.WON,
    "qualified converted": Status.WON,
    "closed lost": Status.LOST,
    "closedlost": Status.LOST,
    "closed not converted": Status.LOST,
    "unqualified": Status.LOST,
    "disqualified": Status.LOST,
    "bad timing": Status.LOST,
    "dead": Status.LOST,
    "recycled": Status.LOST,
}
# Outcomes that say why, where no reason is given beside them.
TELLING_OUTCOMES = {"unqualified", "disqualified", "bad timing"}
CACHE_SIZE = 5000


class RowError(Exception):
    """The row is refused; ``column`` is a header or, for the whole row, empty."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(slots=True)
class RowReader:
    """Turns cells into given values: target -> value, empty cells left out."""

    headers: list[str]
    mapping: ColumnMapping
    lookups: Lookups
    zone: tzinfo
    # Columns with replacements for some of their cells, and those without.
    _steps: list[tuple[int, str, str, dict[str, dict[str, str]]]] = field(
        default_factory=list
    )
    _plain_steps: list[tuple[int, str, str, Parser]] = field(default_factory=list)
    _parsers: dict[str, Parser] = field(default_factory=dict)

    def __post_init__(self) -> None:
        columns, values = self.mapping.columns, self.mapping.values
        self._steps = [
            (index, header, columns.get(header, ""), values.get(header, {}))
            for index, header in enumerate(self.headers)
            if header in values
        ]
        self.forget()

    def forget(self) -> None:
        """Drop what was looked up: a rollback may have undone new names."""
        self._parsers = _parsers(self.lookups, self.zone, self.mapping.month_first)
        columns = self.mapping.columns
        self._plain_steps = [
            (index, header, columns[header], self._parsers[columns[header]])
            for index, header in enumerate(self.headers)
            if header in columns and header not in self.mapping.values
        ]

    def read(self, cells: list[str]) -> dict[str, Any]:
        """The row's values. Raises RowError at the first cell that is wrong."""
        given: dict[str, Any] = {}
        place = ""
        try:
            for index, place, target, parse in self._plain_steps:  # noqa: B007 - below
                if (text := cells[index].strip()) and target not in given:
                    given[target] = parse(
                        text if text[0] != "'" else with_formula_sign(text)
                    )
            for index, place, target, instead in self._steps:  # noqa: B007 - below
                if text := cells[index].strip():
                    self._put(given, target, text, instead)
            for place, text in self.mapping.defaults.items():
                if place not in given:
                    given[place] = self._parsers[place](text)
        except CellError as error:
            raise RowError(place, str(error)) from error
        return given

    def _put(
        self,
        given: dict[str, Any],
        target: str,
        text: str,
        instead: dict[str, dict[str, str]],
    ) -> None:
        if text[0] == "'":
            text = with_formula_sign(text)
        if instead and (other := instead.get(fold(text))):
            self._put_all(given, other, target)
        elif target and target not in given:
            given[target] = self._parsers[target](text)

    def _put_all(
        self, given: dict[str, Any], other: dict[str, str], own_target: str
    ) -> None:
        for target, text in other.items():
            name = target or own_target
            if name and text and name not in given:
                given[name] = self._parsers[name](text)


def _parsers(lookups: Lookups, zone: tzinfo, month_first: bool) -> dict[str, Parser]:
    def moment(text: str) -> datetime:
        return parse_moment(text, zone=zone, day_first=not month_first)

    parsers: dict[str, Parser] = {
        name: _text_parser(length) for name, length in TEXT_LENGTHS.items()
    }
    parsers |= {name: _cached(moment) for name in DATE_TARGETS}
    for name in ("lost_reason", "team", "product"):
        parsers[name] = _cached(_named(lookups, name))
    for name in ("utm_source", "utm_medium", "utm_campaign"):
        parsers[name] = _cached(_named(lookups, name))
    return parsers | {
        "notes": str,
        "language": _cached(parse_language),
        "country": _cached(parse_country),
        "time_zone": _cached(parse_time_zone),
        "currency": _cached(parse_currency),
        "stage": clean_line,
        "last_stage": clean_line,
        "outcome": clean_line,
        "status": _cached(_status),
        "active": _cached(parse_boolean),
        "blacklisted": _cached(parse_boolean),
        "owner": _not_false(lookups.owner),
        "tags": _cached(lookups.tags),
        "expected_revenue": _cached(parse_money),
        "probability": _cached(parse_probability),
        "bounce_count": _cached(parse_count),
    }


def _cached(parse: Parser) -> Parser:
    """Columns repeat their values; the cache is emptied when it grows."""
    known: dict[str, Any] = {}

    def parse_once(text: str) -> Any:
        if text in known:
            return known[text]
        if len(known) >= CACHE_SIZE:
            known.clear()
        value = known[text] = parse(text)
        return value

    return parse_once


def _named(lookups: Lookups, target: str) -> Parser:
    return _not_false(lambda text: lookups.named(target, text))


def _not_false(parse: Parser) -> Parser:
    """Some exports write the word False where a relation is empty."""
    return lambda text: None if text == "False" else parse(text)


def _text_parser(length: int) -> Parser:
    def parse(text: str) -> str:
        text = clean_line(text)
        if len(text) > length:
            raise CellError(
                _("The text is longer than %(limit)d characters.") % {"limit": length}
            )
        return text

    return parse


def _status(text: str) -> Status:
    status = STATUS_WORDS.get(fold(text))
    if status is None:
        raise CellError(
            _("“%(text)s” is not a status: open, won or lost.") % {"text": text[:80]}
        )
    return status


# ------------------------------------------------------------- conclusions


def conclude(given: dict[str, Any], lookups: Lookups) -> dict[str, Any]:
    """``given`` with names joined, stages found and the status worked out.

    What came as ``outcome``, ``last_stage``, ``closed_at``, ``first_name`` and
    ``last_name`` is turned into columns of a lead. Raises RowError.
    """
    lead = dict(given)
    _join_names(lead)
    outcome = _read_outcome(lead, lookups)
    _find_stage(lead, lookups)
    status = lead.get("status") or outcome or _derived_status(lead)
    if status is not None:
        _settle(lead, status, lookups, foreign=outcome is not None)
    lead.pop("closed_at", None)
    return lead


def _join_names(lead: dict[str, Any]) -> None:
    first, last = lead.pop("first_name", ""), lead.pop("last_name", "")
    if not lead.get("contact_name") and (name := f"{first} {last}".strip()):
        lead["contact_name"] = name[:200]


def _words(text: str) -> str:
    return " ".join(fold(text).replace("_", " ").replace("-", " ").split())


def _read_outcome(lead: dict[str, Any], lookups: Lookups) -> Status | None:
    """What another product's status says; words of no outcome name a stage."""
    before = lead.pop("last_stage", "")
    text = lead.pop("outcome", "")
    status = OUTCOME_WORDS.get(_words(text)) if text else None
    if text and status is None and "stage" not in lead:
        lead["stage"] = text.replace("_", " ").capitalize() if "_" in text else text
    if text and _words(text) in TELLING_OUTCOMES and not lead.get("lost_reason"):
        lead["lost_reason"] = lookups.named("lost_reason", _words(text).capitalize())
    stage = lead.get("stage", "")
    closing = OUTCOME_WORDS.get(_words(stage)) if stage else None
    if closing is not None and lookups.known_stage(stage) is None:
        lead.pop("stage")
        if closing == Status.LOST and before:
            lead["stage"] = before
        status = status or closing
    return status


def _find_stage(lead: dict[str, Any], lookups: Lookups) -> None:
    if name := lead.pop("stage", ""):
        try:
            lead["stage"] = lookups.stage(name)
        except CellError as error:
            raise RowError("stage", str(error)) from error


def _derived_status(lead: dict[str, Any]) -> Status | None:
    """The status that other columns imply; None if none of them is there."""
    stage: StageEntry | None = lead.get("stage")
    if (stage and stage.is_won) or lead.get("won_at"):
        return Status.WON
    has_lost_signs = bool(lead.get("lost_reason") or lead.get("lost_at"))
    active = lead.get("active")
    if active is False and (has_lost_signs or lead.get("probability") == 0):
        return Status.LOST
    if active is None and has_lost_signs:
        return Status.LOST
    return Status.OPEN if active else None


def _settle(
    lead: dict[str, Any], status: Status, lookups: Lookups, *, foreign: bool
) -> None:
    """Make the other columns agree with ``status``; refuse what contradicts it."""
    lead["status"] = status
    closed_at = lead.get("closed_at")
    if status == Status.LOST:
        if lead.get("active"):
            raise RowError("active", _("A lost lead cannot be active."))
        lead["active"] = False
        lead["probability"] = Decimal(0)
        if closed_at:
            lead.setdefault("lost_at", closed_at)
    elif status == Status.WON:
        lead["probability"] = Decimal(100)
        if closed_at:
            lead.setdefault("won_at", closed_at)
        stage: StageEntry | None = lead.get("stage")
        if lookups.won and (stage is None or (foreign and not stage.is_won)):
            lead["stage"] = lookups.won


def name_lead(lead: dict[str, Any]) -> None:
    """Give a new lead a title if its row has none. Raises RowError if it cannot."""
    if lead.get("title"):
        return
    for name in ("company", "contact_name", "email", "phone", "external_id"):
        if lead.get(name):
            lead["title"] = lead[name]
            return
    raise RowError(
        "title", _("The row has neither a title nor a name, company or address.")
    )


def derived_columns(lead: dict[str, Any]) -> dict[str, str]:
    """The columns that ``rules.clean_lead`` would fill, for texts in ``lead``."""
    derived = {
        f"{name}_folded": fold(lead[name])[:length]
        for name, length in FOLDED_FIELDS.items()
        if name in lead
    }
    if "email" in lead:
        derived["email_normalized"] = parse_address(lead["email"]).normalized
    return derived
