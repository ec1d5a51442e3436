"""A rule tree after reading: checked, in normal form, still as plain values."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from winback.segments.rules.kinds import ARCHIVE_FIELDS, FIELD_TYPES, Kind, Op

_BY_KEY = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN})
_KEYED_KINDS = frozenset({Kind.CHOICE, Kind.RELATION, Kind.RELATIONS, Kind.BEHAVIOUR})


class Match(enum.StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


class Unit(enum.StrEnum):
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time that ends now: 90 days."""

    n: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class MailingRef:
    """One mailing, or all mailings of one campaign, by id or by name."""

    kind: str  # "mailing" or "campaign"
    key: int | str


# One value as it stands in a rule after reading. Dates without a time are whole
# days; a datetime without an offset is in the installation's time zone.
Scalar = str | int | Decimal | date | datetime | MailingRef
Value = None | Scalar | Span | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition. ``path`` says where it stood in what was read."""

    field: str
    op: Op
    value: Value = None
    path: str = attribute(default="", compare=False)

    @property
    def values(self) -> tuple[Scalar | Span, ...]:
        """The values one by one, also where the rule has a single one or none."""
        if isinstance(self.value, tuple):
            return self.value
        return () if self.value is None else (self.value,)

    @property
    def has_keys(self) -> bool:
        """Whether the values stand for records or codes, by id or by name."""
        return FIELD_TYPES[self.field].kind in _KEYED_KINDS and self.op in _BY_KEY


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by all-of, any-of or none-of; without rules it says nothing."""

    match: Match = Match.ALL
    rules: tuple[Rule | Group, ...] = ()
    path: str = attribute(default="", compare=False)


Node = Rule | Group
Tree = Group
EMPTY_TREE = Group()


def walk(node: Node) -> Iterator[Rule]:
    """Every rule of the tree, in reading order."""
    if isinstance(node, Rule):
        yield node
        return
    for child in node.rules:
        yield from walk(child)


def leaves_out_archived(tree: Tree) -> bool:
    """Whether archived leads are left out: no rule anywhere names active or status."""
    return not any(rule.field in ARCHIVE_FIELDS for rule in walk(tree))


def map_rules(tree: Tree, change: Callable[[Rule], Node]) -> Tree:
    """The tree with every rule replaced by what ``change`` makes of it."""
    return replace(
        tree,
        rules=tuple(
            map_rules(child, change) if isinstance(child, Group) else change(child)
            for child in tree.rules
        ),
    )


def with_rules(tree: Tree, *added: Node) -> Tree:
    """The tree narrowed by further conditions, all of which must hold."""
    if tree.match == Match.ALL:
        return replace(tree, rules=(*tree.rules, *added))
    return Group(Match.ALL, (tree, *added))


def to_json(node: Node) -> dict[str, Any]:
    """The tree in the grammar's JSON; ``parse_tree`` reads it back as an equal tree."""
    if isinstance(node, Group):
        return {
            "match": node.match.value,
            "rules": [to_json(child) for child in node.rules],
        }
    plain: dict[str, Any] = {"field": node.field, "op": node.op.value}
    if node.value is not None:
        plain["value"] = value_to_json(node.value)
    return plain


def value_to_json(value: Value) -> Any:
    """One value in JSON: dates as ISO text, numbers as such when they are whole."""
    match value:
        case tuple():
            return [value_to_json(one) for one in value]
        case Span():
            return {"n": value.n, "unit": value.unit.value}
        case MailingRef():
            return {value.kind: value.key}
        case Decimal():
            return int(value) if value == int(value) else format(value, "f")
        case datetime():
            return value.isoformat()
        case date():
            return value.isoformat()
        case _:
            return value
