"""A rule tree as a condition of the database: tree in, Django ``Q`` out.

Each operator is written once in its positive form; a negative operator is the
positive one denied, which with Django's guards against NULL also holds where the
field is unset. SQLite and PostgreSQL give the same people: nothing here relies
on a database's own idea of upper and lower case, of wildcards or of time zones.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, cast

from django.db.models import DecimalField, Exists, F, OuterRef, Q, Value
from django.db.models.lookups import In

from winback.core.text import fold, fold_script
from winback.crm.models import Lead
from winback.segments.fields import BEHAVIOURS, FIELDS, Field, choice_names
from winback.segments.functions import FoldScript
from winback.segments.lookups import matching_keys
from winback.segments.rules import (
    DENIES,
    Kind,
    MailingRef,
    Match,
    Node,
    Op,
    Rule,
    Tree,
    leaves_out_archived,
)
from winback.segments.rules.moments import moment_range

# Wider than any column, so that no value is rounded before it is compared.
_NUMBER = DecimalField(max_digits=20, decimal_places=2)
EVERY_LEAD = Q()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a tree's meaning depends on besides the leads."""

    now: datetime
    zone: tzinfo
    # All keys there are of fields that have few of them and are never unset.
    every_key: Mapping[str, Sequence[int | str]] = attribute(default_factory=dict)


def tree_condition(tree: Tree, circumstances: Circumstances) -> Q:
    """The condition of a resolved tree (see ``resolving``), archive rule included."""
    if tree.match == Match.ALL:
        # Databases do not see that "active or not active" asks nothing.
        asked = tuple(one for one in tree.rules if not _holds_always(one))
        condition = _node(replace(tree, rules=asked), circumstances)
    else:
        condition = _node(tree, circumstances)
    return condition & Q(active=True) if leaves_out_archived(tree) else condition


def rule_condition(rule: Rule, circumstances: Circumstances) -> Q:
    """The condition of one resolved rule."""
    field = FIELDS[rule.field]
    positive = DENIES.get(rule.op)
    every_key = circumstances.every_key.get(rule.field)
    if positive and every_key and rule.op != Op.NOT_SET and rule.value != "":
        refused = {*_keys(positive, rule)}
        kept = [key for key in every_key if key not in refused]
        # Says the same as the denial, but indexes can look for keys, not for their
        # absence: the recipe's "stage is not in" becomes a place in an index.
        return Q(**{f"{field.column}__in": kept})
    compiled = _KINDS[field.kind](field, positive or rule.op, rule, circumstances)
    return ~compiled if positive else compiled


def _holds_always(node: Node) -> bool:
    """Whether the node is the users' way to say "archived or not"."""
    if isinstance(node, Rule) or node.match != Match.ANY:
        return False
    said = {(one.field, one.op) for one in node.rules if isinstance(one, Rule)}
    return any((name, Op.NOT_SET) in said for name, op in said if op == Op.SET)


def _node(node: Node, circumstances: Circumstances) -> Q:
    if isinstance(node, Rule):
        return rule_condition(node, circumstances)
    if not node.rules:
        return EVERY_LEAD
    parts = [_node(child, circumstances) for child in node.rules]
    if node.match == Match.ALL:
        return functools.reduce(operator.and_, parts)
    some = functools.reduce(operator.or_, parts)
    return ~some if node.match == Match.NONE else some


def _values(rule: Rule) -> list[Any]:
    return [*rule.value] if isinstance(rule.value, tuple) else [rule.value]


def _boolean(field: Field, _op: Op, _rule: Rule, _circumstances: Circumstances) -> Q:
    return Q(**{field.column: True})


def _text(field: Field, op: Op, rule: Rule, _circumstances: Circumstances) -> Q:
    if op == Op.SET:
        return ~Q(**{field.column: ""})
    if op in _LIKE:
        return Q(**{f"{field.folded}{_LIKE[op]}": fold(cast(str, rule.value))})
    texts = sorted({fold_script(text) for text in _values(rule)})
    # Equal texts have equal folded forms: the cheap comparison goes first and
    # spares the function call on nearly every row.
    return Q(**{f"{field.folded}__in": sorted({fold(text) for text in texts})}) & Q(
        In(FoldScript(F(field.column)), texts)
    )


_LIKE = {
    Op.CONTAINS: "__contains",
    Op.STARTS_WITH: "__startswith",
    Op.ENDS_WITH: "__endswith",
}


def _choice(field: Field, op: Op, rule: Rule, circumstances: Circumstances) -> Q:
    if field.is_one_of is not None:
        any_code = op == Op.SET or rule.value == ""
        codes = choice_names(field.name) if any_code else _keys(op, rule)
        return field.is_one_of([*codes], circumstances.now)
    if field.name == "address_quality" and op != Op.SET and rule.value != "":
        return _quality(_keys(op, rule))
    if op == Op.SET or rule.value == "":
        return ~Q(**{field.column: ""})
    return Q(**{f"{field.column}__in": _keys(op, rule)})


def _quality(codes: list[Any]) -> Q:
    found = Q(address_quality__in=codes)
    if "good" in codes:
        return found
    # Says that the index of the few bad addresses may serve.
    return ~Q(address_quality="good") & found


def _relation(field: Field, op: Op, rule: Rule, _circumstances: Circumstances) -> Q:
    if op == Op.SET or rule.value == "":
        return Q(**{f"{field.column}__isnull": False})
    return Q(**{f"{field.column}__in": _keys(op, rule)})


def _relations(field: Field, op: Op, rule: Rule, _circumstances: Circumstances) -> Q:
    links = getattr(Lead, field.column).through._default_manager.filter(
        lead_id=OuterRef("pk")
    )
    if op == Op.SET or rule.value == "":
        return Q(Exists(links))
    return Q(Exists(links.filter(tag_id__in=_keys(op, rule))))


def _keys(op: Op, rule: Rule) -> list[Any]:
    if op == Op.CONTAINS:
        return sorted(matching_keys(rule.field, cast(str, rule.value)))
    return _values(rule)


def _number(field: Field, op: Op, rule: Rule, _circumstances: Circumstances) -> Q:
    if op == Op.SET:
        return Q(**{f"{field.column}__isnull": False})
    values = [_number_value(field, number) for number in _values(rule)]
    if op == Op.BETWEEN:
        low, high = values
        return Q(**{f"{field.column}__gte": low, f"{field.column}__lte": high})
    return Q(**{f"{field.column}{_ORDER[op]}": values[0]})


_ORDER = {Op.EQ: "", Op.LT: "__lt", Op.LE: "__lte", Op.GT: "__gt", Op.GE: "__gte"}


def _number_value(field: Field, number: Decimal) -> Any:
    return Value(number, output_field=_NUMBER)


def _moment(field: Field, op: Op, rule: Rule, circumstances: Circumstances) -> Q:
    if op == Op.SET:
        return Q(**{f"{field.column}__isnull": False})
    within = moment_range(rule, now=circumstances.now, zone=circumstances.zone)
    condition = Q()
    if within.start is not None:
        condition &= Q(**{f"{field.column}__gte": within.start})
    if within.end is not None:
        condition &= Q(**{f"{field.column}__lt": within.end})
    return condition


def _behaviour(field: Field, op: Op, rule: Rule, circumstances: Circumstances) -> Q:
    behaviour = BEHAVIOURS[field.name]
    if op == Op.IN_LAST:
        within = moment_range(rule, now=circumstances.now, zone=circumstances.zone)
        assert within.start is not None
        return behaviour.within(within.start, circumstances.now)
    return behaviour.among(*mailing_ids(rule))


def mailing_ids(rule: Rule) -> tuple[frozenset[int], frozenset[int]]:
    """The mailings and the campaigns that a behaviour rule names."""
    refs = [ref for ref in _values(rule) if isinstance(ref, MailingRef)]
    return (
        frozenset(int(ref.key) for ref in refs if ref.kind == "mailing"),
        frozenset(int(ref.key) for ref in refs if ref.kind == "campaign"),
    )


_Compile = Callable[[Field, Op, Rule, Circumstances], Q]
_KINDS: dict[Kind, _Compile] = {
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.RELATION: _relation,
    Kind.RELATIONS: _relations,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
    Kind.BEHAVIOUR: _behaviour,
}
