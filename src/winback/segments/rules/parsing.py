"""Reads rule trees: JSON in, a checked tree in normal form out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from winback.segments.rules.kinds import FIELD_TYPES, OPERATORS, FieldType, Op
from winback.segments.rules.problems import Problem, RuleTreeError, fault
from winback.segments.rules.tree import EMPTY_TREE, Group, Match, Node, Rule, Tree
from winback.segments.rules.values import read_value

MAX_DEPTH = 50
MAX_RULES = 500
# All values of a tree together: SQLite takes 32,766 in one statement.
MAX_TREE_VALUES = 10_000
MAX_BYTES = 4 * 1024 * 1024
MAX_PROBLEMS = 100
_ALL = Match.ALL.value


def parse_tree(raw: object, fields: Mapping[str, FieldType] = FIELD_TYPES) -> Tree:
    """The checked tree that ``raw`` (what a JSON reader gives) stands for.

    ``{}``, ``None`` and a tree without rules are the empty tree, which matches
    every lead. Groups without rules say nothing and are dropped. A lone rule is
    read as a group of one. Safe for any input: no recursion deeper than
    ``MAX_DEPTH``. Raises RuleTreeError naming every fault, at most
    ``MAX_PROBLEMS`` of them.
    """
    if raw is None or raw == {}:
        return EMPTY_TREE
    reader = _Reader(fields)
    node = reader.node(raw, path="", depth=0)
    if reader.problems:
        raise RuleTreeError(reader.problems[:MAX_PROBLEMS])
    if isinstance(node, Rule):
        return Group(Match.ALL, (node,))
    return node or EMPTY_TREE


def load_json(text: str | bytes) -> object:
    """What JSON ``text`` holds. Raises RuleTreeError, never anything else."""
    if len(text) > MAX_BYTES:
        raise fault("", "too_large", limit=MAX_BYTES)
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise fault("", "too_deep", limit=MAX_DEPTH) from None
    except ValueError as error:  # also numbers of thousands of digits, bad UTF-8
        raise fault("", "not_json", detail=str(error)[:200]) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _short(raw: object) -> str:
    return (raw if isinstance(raw, str) else type(raw).__name__)[:60]


@dataclass(slots=True)
class _Reader:
    fields: Mapping[str, FieldType]
    problems: list[Problem] = field(default_factory=list)
    rules_seen: int = 0
    values_seen: int = 0

    def report(self, path: str, code: str, **params: object) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(path, code, params))

    def node(self, raw: object, *, path: str, depth: int) -> Node | None:
        """The node at ``path``; None if it is faulty or says nothing."""
        if not isinstance(raw, dict) or not ({"match", "rules", "field"} & raw.keys()):
            self.report(path, "not_a_rule")
            return None
        if "field" in raw:
            return self.rule(raw, path=path)
        return self.group(raw, path=path, depth=depth)

    def group(self, raw: dict[str, object], *, path: str, depth: int) -> Group | None:
        dot = f"{path}." if path else ""
        self.check_keys(raw, {"match", "rules"}, dot)
        match = raw.get("match")
        if not isinstance(match, str) or match not in list(Match):
            self.report(f"{dot}match", "unknown_match")
            match = _ALL
        rules = raw.get("rules", [])
        if not isinstance(rules, list | tuple):
            self.report(f"{dot}rules", "rules_not_a_list")
            return None
        if depth >= MAX_DEPTH:
            self.report(path, "too_deep", limit=MAX_DEPTH)
            return None
        children = []
        for position, child in enumerate(rules):
            if self.rules_seen > MAX_RULES:
                break
            at = f"{dot}rules[{position}]"
            children.append(self.node(child, path=at, depth=depth + 1))
        kept = tuple(child for child in children if child is not None)
        return Group(Match(match), kept, path) if kept else None

    def rule(self, raw: dict[str, object], *, path: str) -> Rule | None:
        self.rules_seen += 1
        if self.rules_seen > MAX_RULES:
            self.report(path, "too_many_rules", limit=MAX_RULES)
            return None
        dot = f"{path}." if path else ""
        self.check_keys(raw, {"field", "op", "value"}, dot)
        name, op_word = raw["field"], raw.get("op")
        known = self.fields.get(name) if isinstance(name, str) else None
        if known is None:
            self.report(f"{dot}field", "unknown_field", field=_short(name))
            return None
        if not isinstance(op_word, str) or op_word not in OPERATORS[known.kind]:
            params = {"field": name, "op": _short(op_word)}
            self.report(f"{dot}op", "unknown_operator", **params)
            return None
        op = Op(op_word)
        try:
            value = read_value(raw.get("value"), op=op, field=known, path=f"{dot}value")
        except RuleTreeError as error:
            self.problems.extend(error.problems)
            return None
        self.values_seen += len(value) if isinstance(value, tuple) else 1
        if self.values_seen > MAX_TREE_VALUES:
            self.report(f"{dot}value", "too_many_values", limit=MAX_TREE_VALUES)
            return None
        return Rule(str(name), op, value, path)

    def check_keys(self, raw: dict[str, object], known: set[str], dot: str) -> None:
        for key in raw:
            if key not in known:
                self.report(f"{dot}{_short(key)}", "unknown_key", key=_short(key))
