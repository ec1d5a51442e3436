"""A rule tree evaluated in plain Python over loaded leads.

The reference that the SQL of ``conditions`` is checked against, and what decides
about a single lead at hand. It reads the same grammar but shares no comparison
with the database: columns as they were typed, folded here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from winback.core.text import fold, fold_script
from winback.crm.models import Lead
from winback.segments.conditions import Circumstances, mailing_ids
from winback.segments.fields import BEHAVIOURS, FIELDS, choice_names
from winback.segments.lookups import record_names
from winback.segments.rules import (
    DENIES,
    Kind,
    Match,
    Node,
    Op,
    Rule,
    Tree,
    leaves_out_archived,
)
from winback.segments.rules.moments import moment_range

AnyNames = Mapping[Any, tuple[str, ...]]


@dataclass(slots=True)
class Evaluator:
    """Evaluates resolved trees; names of records are read once and kept."""

    circumstances: Circumstances
    _names: dict[str, AnyNames] = field(default_factory=dict)

    def matches(self, tree: Tree, lead: Lead) -> bool:
        """Whether the tree matches the lead, archived leads left out as in SQL."""
        if leaves_out_archived(tree) and not lead.active:
            return False
        return not tree.rules or self.holds(tree, lead)

    def holds(self, node: Node, lead: Lead) -> bool:
        """Whether one rule or group holds for the lead."""
        if isinstance(node, Rule):
            positive = DENIES.get(node.op)
            if positive is None:
                return self._holds(node, node.op, lead)
            return not self._holds(node, positive, lead)
        answers = (self.holds(child, lead) for child in node.rules)
        if node.match == Match.ALL:
            return all(answers)
        return any(answers) == (node.match == Match.ANY)

    def _holds(self, rule: Rule, op: Op, lead: Lead) -> bool:
        match FIELDS[rule.field].kind:
            case Kind.BEHAVIOUR:
                return self._behaved(rule, op, lead)
            case Kind.RELATION | Kind.CHOICE | Kind.RELATIONS:
                return self._related(rule, op, lead)
        value = getattr(lead, FIELDS[rule.field].column)
        return _PLAIN[FIELDS[rule.field].kind](self, rule, op, value)

    def _behaved(self, rule: Rule, op: Op, lead: Lead) -> bool:
        behaviour = BEHAVIOURS[rule.field]
        if op == Op.IN:
            return behaviour.is_among(lead, *mailing_ids(rule))
        start = self._range(rule).start
        assert start is not None
        return behaviour.is_within(lead, start, self.circumstances.now)

    def _related(self, rule: Rule, op: Op, lead: Lead) -> bool:
        keys = self._keys(rule.field, lead)
        if op == Op.SET:
            return bool(keys)
        if op == Op.CONTAINS:
            names = self._names_of(rule.field)
            wanted = fold(cast(str, rule.value))
            if not wanted and not rule.value:
                return bool(keys)
            return any(wanted in fold(name) for key in keys for name in names[key])
        wanted_keys = rule.value if isinstance(rule.value, tuple) else (rule.value,)
        return any(key in wanted_keys for key in keys)

    def _keys(self, name: str, lead: Lead) -> list[Any]:
        """Ids or codes that the lead has in a relation or choice field."""
        field = FIELDS[name]
        if field.kind == Kind.RELATIONS:
            return [one.pk for one in getattr(lead, field.column).all()]
        if field.code_of is not None:
            key = field.code_of(lead, self.circumstances.now)
        else:
            key = getattr(lead, field.column)
        return [] if key is None or key == "" else [key]

    def _names_of(self, name: str) -> AnyNames:
        if name not in self._names:
            is_choice = FIELDS[name].kind == Kind.CHOICE
            self._names[name] = choice_names(name) if is_choice else record_names(name)
        return self._names[name]

    def _range(self, rule: Rule) -> Any:
        now, zone = self.circumstances.now, self.circumstances.zone
        return moment_range(rule, now=now, zone=zone)

    def boolean(self, _rule: Rule, _op: Op, value: bool) -> bool:
        return value

    def text(self, rule: Rule, op: Op, value: str) -> bool:
        if op == Op.SET:
            return value != ""
        if op == Op.IN:
            texts = cast("tuple[str, ...]", rule.value)
            return any(fold_script(value) == fold_script(text) for text in texts)
        text = cast(str, rule.value)
        if op == Op.EQ:
            return fold_script(value) == fold_script(text)
        if op == Op.STARTS_WITH:
            return fold(value).startswith(fold(text))
        if op == Op.ENDS_WITH:
            return fold(value).endswith(fold(text))
        return fold(text) in fold(value)

    def number(self, rule: Rule, op: Op, value: Decimal | int | None) -> bool:
        if value is None or op == Op.SET:
            return value is not None
        if op == Op.BETWEEN:
            low, high = cast("tuple[Decimal, Decimal]", rule.value)
            return low <= value <= high
        other = cast(Decimal, rule.value)
        return {
            Op.EQ: value == other,
            Op.LT: value < other,
            Op.LE: value <= other,
            Op.GT: value > other,
            Op.GE: value >= other,
        }[op]

    def moment(self, rule: Rule, op: Op, value: datetime | None) -> bool:
        if op == Op.SET:
            return value is not None
        return bool(self._range(rule).holds(value))


_PLAIN: dict[Kind, Callable[[Evaluator, Rule, Op, Any], bool]] = {
    Kind.BOOLEAN: Evaluator.boolean,
    Kind.TEXT: Evaluator.text,
    Kind.NUMBER: Evaluator.number,
    Kind.MOMENT: Evaluator.moment,
}
