"""A rule tree in, Odoo's prefix notation out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, cast

from winback.segments.odoo.paths import NAME_PATH_OF, PATH_OF, WON_STATUS_OF
from winback.segments.rules import (
    DENIES,
    FIELD_TYPES,
    Kind,
    Match,
    Node,
    Op,
    Problem,
    Rule,
    RuleTreeError,
    Tree,
    fault,
)

Term = str | tuple[Any, ...]
_CONNECTORS = {Match.ALL: "&", Match.ANY: "|", Match.NONE: "|"}
_ALWAYS: Term = (1, "=", 1)


def export_domain(tree: Tree, *, zone: tzinfo = UTC) -> str:
    """The tree as a literal that Odoo reads; the other way of ``parse_domain``.

    Records are written by id, or by name where the tree has names. Date-times
    become UTC; those without an offset are in ``zone``. Raises RuleTreeError
    naming every rule that Odoo's notation has no words for: relative dates,
    behaviour, fields that Odoo does not have.
    """
    problems: list[Problem] = []
    if not tree.rules:
        return "[]"
    terms = _terms(tree, zone, problems)
    if problems:
        raise RuleTreeError(problems)
    return repr(terms)


def _terms(node: Node, zone: tzinfo, problems: list[Problem]) -> list[Term]:
    if isinstance(node, Rule):
        try:
            return _rule_terms(node, zone)
        except RuleTreeError as error:
            problems.extend(error.problems)
            return []
    parts = [_terms(child, zone, problems) for child in node.rules]
    joined = [_CONNECTORS[node.match]] * (len(parts) - 1)
    negation = ["!"] if node.match == Match.NONE else []
    return [*negation, *joined, *(term for part in parts for term in part)]


def _rule_terms(rule: Rule, zone: tzinfo) -> list[Term]:
    if rule.field not in PATH_OF:
        raise fault(rule.path, "not_in_odoo")
    return _WRITERS[FIELD_TYPES[rule.field].kind](rule, zone)


def _boolean(rule: Rule, _zone: tzinfo) -> list[Term]:
    return [(PATH_OF[rule.field], "=", rule.op == Op.SET)]


def _is_set(rule: Rule) -> list[Term]:
    operator = "!=" if rule.op == Op.SET else "="
    return [(PATH_OF[rule.field], operator, False)]


_WORDS = {
    Op.EQ: "=",
    Op.NE: "!=",
    Op.IN: "in",
    Op.NOT_IN: "not in",
    Op.CONTAINS: "ilike",
    Op.NOT_CONTAINS: "not ilike",
}


def _text(rule: Rule, _zone: tzinfo) -> list[Term]:
    path = PATH_OF[rule.field]
    if rule.op in (Op.SET, Op.NOT_SET):
        return _is_set(rule)
    if isinstance(rule.value, tuple):
        return [(path, _WORDS[rule.op], [*rule.value])]
    text = cast(str, rule.value)
    if rule.op in _WORDS:
        return [(path, _WORDS[rule.op], text)]
    for character in "\\%_":
        text = text.replace(character, f"\\{character}")
    pattern = f"{text}%" if rule.op == Op.STARTS_WITH else f"%{text}"
    return [(path, "=ilike", pattern)]


def _choice(rule: Rule, _zone: tzinfo) -> list[Term]:
    if rule.op in (Op.SET, Op.NOT_SET):
        return _is_set(rule)
    path = PATH_OF[rule.field]
    if rule.op in (Op.CONTAINS, Op.NOT_CONTAINS):
        if "." not in path:
            raise fault(rule.path, "not_in_odoo")
        return [(path.split(".")[0], _WORDS[rule.op], rule.value)]
    if isinstance(rule.value, tuple):
        return [(path, _WORDS[rule.op], [_code(rule.field, one) for one in rule.value])]
    return [(path, _WORDS[rule.op], _code(rule.field, rule.value))]


def _code(field: str, code: object) -> object:
    return WON_STATUS_OF.get(str(code), code) if field == "status" else code


def _related(rule: Rule, _zone: tzinfo) -> list[Term]:
    if rule.op in (Op.SET, Op.NOT_SET):
        return _is_set(rule)
    path = PATH_OF[rule.field]
    if not isinstance(rule.value, tuple):
        is_name = isinstance(rule.value, str) and rule.op in (Op.EQ, Op.NE)
        return [
            (NAME_PATH_OF[rule.field] if is_name else path, _WORDS[rule.op], rule.value)
        ]
    names = [one for one in rule.value if isinstance(one, str)]
    ids = [one for one in rule.value if not isinstance(one, str)]
    lists: list[tuple[str, list[Any]]] = [(path, ids)] if ids or not names else []
    if names:
        lists.append((NAME_PATH_OF[rule.field], names))
    terms: list[Term] = [(where, _WORDS[rule.op], keys) for where, keys in lists]
    connector = "&" if rule.op in DENIES else "|"
    return [connector] * (len(terms) - 1) + terms


def _number(rule: Rule, _zone: tzinfo) -> list[Term]:
    if rule.op in (Op.SET, Op.NOT_SET):
        return _is_set(rule)
    path = PATH_OF[rule.field]
    if isinstance(rule.value, tuple):
        low, high = rule.value
        return ["&", (path, ">=", _plain(low)), (path, "<=", _plain(high))]
    return [(path, rule.op.value, _plain(rule.value))]


def _plain(number: object) -> int | float:
    assert isinstance(number, Decimal)
    return int(number) if number == int(number) else float(number)


def _moment(rule: Rule, zone: tzinfo) -> list[Term]:
    if rule.op in (Op.SET, Op.NOT_SET):
        return _is_set(rule)
    path = PATH_OF[rule.field]
    if isinstance(rule.value, tuple):
        low, high = (_utc(cast(date, one), zone) for one in rule.value)
        return ["&", (path, ">=", low), (path, "<=", high)]
    if not isinstance(rule.value, date):
        raise fault(rule.path, "not_in_odoo")
    return [(path, rule.op.value, _utc(rule.value, zone))]


def _utc(value: date, zone: tzinfo) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    known = value if value.tzinfo else value.replace(tzinfo=zone)
    return known.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


_WRITERS: dict[Kind, Callable[[Rule, tzinfo], list[Term]]] = {
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.RELATION: _related,
    Kind.RELATIONS: _related,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
}
