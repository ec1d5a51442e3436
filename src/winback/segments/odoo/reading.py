"""Odoo's prefix notation in, the grammar's JSON out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from winback.segments.odoo.literals import Literal, read_literal
from winback.segments.odoo.paths import BY_PATH, STATUS_OF, OdooField
from winback.segments.rules import FIELD_TYPES, Kind, fault

MAX_TERMS = 2000
Plain = dict[str, Any]
_CONNECTORS = {"&": "all", "|": "any", "!": "none"}
_OPERATORS = {
    "==": "=",
    "<>": "!=",
    "not ilike": "not_contains",
    "not like": "not_contains",
    "ilike": "contains",
    "like": "contains",
    "not in": "not_in",
    "=ilike": "=like",
}
_PLAIN_OPERATORS = {"=", "!=", "<", "<=", ">", ">="}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)")
_MARK = re.compile(r"\\.|.", re.DOTALL)  # one character, or one escaped
# What is always true, and never: no list names nobody, no list denies nobody.
EVERYBODY: Plain = {"field": "tags", "op": "not_in", "value": []}
NOBODY: Plain = {"field": "tags", "op": "in", "value": []}


def parse_domain(text: str) -> Plain:
    """The grammar's JSON for a domain such as ``["&", ("a", "=", 1), ...]``.

    Terms without a connector are joined by all-of. Whole days stay days of the
    installation's time zone; date-times are UTC, as in Odoo. ``like`` ignores
    case here, and wildcards inside ``ilike`` are plain characters. Ids are taken
    as ids of this installation. Raises RuleTreeError, with the number of the
    term as its place, for anything that has no counterpart.
    """
    terms = read_literal(text)
    if not isinstance(terms, list):
        raise fault("", "odoo_syntax")
    if len(terms) > MAX_TERMS:
        raise fault("", "too_many_rules", limit=MAX_TERMS)
    nodes = _join(terms)
    if len(nodes) == 1 and "match" in nodes[0]:
        return nodes[0]
    return {"match": "all", "rules": nodes}


def _join(terms: list[Literal]) -> list[Plain]:
    """The nodes that a prefix list leaves; read from its end, without recursion."""
    stack: list[Plain] = []
    for position in range(len(terms) - 1, -1, -1):
        term = terms[position]
        path = f"[{position}]"
        if not isinstance(term, str):
            stack.append(_leaf(term, path))
            continue
        match = _CONNECTORS.get(term)
        needed = 1 if term == "!" else 2
        if match is None or len(stack) < needed:
            raise fault(path, "odoo_connectors" if match else "odoo_syntax")
        children = [stack.pop() for _ in range(needed)]
        stack.append({"match": match, "rules": _merged(match, children)})
    return stack[::-1]


def _merged(match: str, children: list[Plain]) -> list[Plain]:
    """Children of the same connector join their parent: a | (b | c) is a | b | c."""
    if match == "none":
        (child,) = children
        return child["rules"] if child.get("match") == "any" else children
    merged: list[Plain] = []
    for child in children:
        merged.extend(child["rules"] if child.get("match") == match else [child])
    return merged


def _leaf(term: Literal, path: str) -> Plain:
    if not isinstance(term, list) or len(term) != 3:
        raise fault(path, "odoo_syntax")
    left, operator, value = term
    if left in (0, 1) and operator == "=" and value == 1:
        return EVERYBODY if left == 1 else NOBODY
    if not isinstance(left, str) or not isinstance(operator, str):
        raise fault(path, "odoo_syntax")
    field = BY_PATH.get(left)
    if field is None:
        raise fault(f"{path}[0]", "odoo_field", field=left[:60])
    word = _OPERATORS.get(operator.lower(), operator.lower())
    read = _READERS[FIELD_TYPES[field.field].kind]
    node = read(field, word, value)
    if node is None:
        params = {"op": operator[:20], "field": left}
        known = word in {*_OPERATORS.values(), *_PLAIN_OPERATORS, "in"}
        code = "odoo_value" if known else "odoo_operator"
        raise fault(path, code, **params)
    return node


def _rule(field: OdooField, op: str, value: object = None) -> Plain:
    rule: Plain = {"field": field.field, "op": op}
    return rule if value is None else {**rule, "value": value}


def _group(match: str, *rules: Plain) -> Plain:
    return {"match": match, "rules": [*rules]}


def _boolean(field: OdooField, op: str, value: Literal) -> Plain | None:
    is_list = isinstance(value, list)
    if op not in (("in", "not_in") if is_list else ("=", "!=")):
        return None
    wanted = {bool(one) for one in (value if isinstance(value, list) else [value])}
    if op in ("!=", "not_in"):
        wanted = {True, False} - wanted
    is_set, not_set = _rule(field, "set"), _rule(field, "not_set")
    if not wanted:
        return _group("none", is_set, not_set)
    if len(wanted) == 2:
        return _group("any", is_set, not_set)
    return is_set if True in wanted else not_set


def _text(field: OdooField, op: str, value: Literal) -> Plain | None:
    if op == "=like" and isinstance(value, str):
        return _like(field, value)
    if op in ("contains", "not_contains") and isinstance(value, str):
        return _rule(field, op, value)
    return _keyed(field, op, value)


def _like(field: OdooField, pattern: str) -> Plain | None:
    """``abc%``, ``%abc``, ``%abc%`` or ``abc``; no wildcard in between."""
    marks = _MARK.findall(pattern)
    starts = marks[:1] == ["%"]
    ends = len(marks) > 1 and marks[-1] == "%"
    inner = marks[1 if starts else 0 : -1 if ends else None]
    if "%" in inner or "_" in inner:
        return None
    text = "".join(mark[1:] if len(mark) > 1 else mark for mark in inner)
    op = {
        (False, False): "=",
        (False, True): "starts_with",
        (True, False): "ends_with",
        (True, True): "contains",
    }[starts, ends]
    return _rule(field, op, text)


def _related(field: OdooField, op: str, value: Literal) -> Plain | None:
    if op in ("contains", "not_contains") and isinstance(value, str):
        return _rule(field, op, value)
    if isinstance(value, list) and op in ("=", "!="):
        op = "in" if op == "=" else "not_in"
    return _keyed(field, op, value)


def _keyed(field: OdooField, op: str, value: Literal) -> Plain | None:
    """``=``, ``!=``, ``in`` and ``not in``; False among the values means unset."""
    if op in ("=", "!=") and not isinstance(value, list):
        if value is False or value is None:
            return _rule(field, "not_set" if op == "=" else "set")
        key = _key(field, value)
        return None if key is None else _rule(field, op, key)
    if op not in ("in", "not_in") or not isinstance(value, list):
        return None
    keys = [_key(field, one) for one in value if one is not False and one is not None]
    if None in keys:
        return None
    rule = _rule(field, op, keys)
    if len(keys) == len(value):
        return rule
    if op == "in":
        return _group("any", rule, _rule(field, "not_set"))
    return _group("all", rule, _rule(field, "set"))


def _key(field: OdooField, value: Literal) -> int | str | None:
    if isinstance(value, str):
        if field.field == "status":
            return STATUS_OF.get(value)
        if field.field == "language":
            return value.split("_", 1)[0]  # uk_UA
        return value
    is_record = FIELD_TYPES[field.field].kind in (Kind.RELATION, Kind.RELATIONS)
    if not is_record or field.by_name or isinstance(value, bool):
        return None
    return value if isinstance(value, int) else None


def _number(field: OdooField, op: str, value: Literal) -> Plain | None:
    if isinstance(value, list) and op in ("in", "not_in"):
        found = [_number(field, "=", one) for one in value]
        rules = [rule for rule in found if rule is not None]
        if not rules or len(rules) < len(value):
            return None if value else (NOBODY if op == "in" else EVERYBODY)
        return _group("any" if op == "in" else "none", *rules)
    if op in ("=", "!=") and (value is False or value is None):
        return _rule(field, "not_set" if op == "=" else "set")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _rule(field, op, value) if is_number and op in _PLAIN_OPERATORS else None


def _moment(field: OdooField, op: str, value: Literal) -> Plain | None:
    if op in ("=", "!=") and (value is False or value is None):
        return _rule(field, "not_set" if op == "=" else "set")
    if op not in _PLAIN_OPERATORS or not isinstance(value, str):
        return None
    if _DAY.fullmatch(value):
        moment = value
    elif instant := _INSTANT.fullmatch(value):
        moment = f"{instant[1]}T{instant[2]}+00:00"
    else:
        return None
    if op == "=":
        return _rule(field, "between", [moment, moment])
    if op == "!=":
        return _group("none", _rule(field, "between", [moment, moment]))
    return _rule(field, op, moment)


_READERS: dict[Kind, Callable[[OdooField, str, Literal], Plain | None]] = {
    Kind.BOOLEAN: _boolean,
    Kind.TEXT: _text,
    Kind.CHOICE: _related,
    Kind.RELATION: _related,
    Kind.RELATIONS: _related,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
}
