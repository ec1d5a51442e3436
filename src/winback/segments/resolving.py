"""Names in a tree become ids, and ids become names again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import cast

from winback.segments.fields import BEHAVIOURS, FIELDS
from winback.segments.lookups import (
    AmbiguousNameError,
    find_code,
    find_records,
    record_names,
)
from winback.segments.rules import (
    Kind,
    MailingRef,
    Op,
    Problem,
    Rule,
    RuleTreeError,
    Tree,
    map_rules,
    walk,
)
from winback.segments.rules.tree import Scalar

_BY_KEY = frozenset({Op.EQ, Op.NE, Op.IN, Op.NOT_IN})
_KEYED_KINDS = frozenset({Kind.CHOICE, Kind.RELATION, Kind.RELATIONS, Kind.BEHAVIOUR})
Found = Scalar | None | AmbiguousNameError


def resolve_names(tree: Tree) -> Tree:
    """The tree with every name replaced by its id or code, and every id checked.

    One query for each relation that the tree names. Raises RuleTreeError with
    the place of every value that stands for nothing (a deleted lost reason, a
    misspelt stage) or for more than one record.
    """
    found = _find_all(rule for rule in walk(tree) if has_keys(rule))
    problems: list[Problem] = []

    def resolved(rule: Rule) -> Rule:
        if not has_keys(rule):
            return rule
        values = []
        for path, key in _keys_with_paths(rule):
            value = found[rule.field, key]
            if value is None or isinstance(value, AmbiguousNameError):
                problems.append(_problem(path, key, value))
            else:
                values.append(value)
        return replace(rule, value=_as_before(rule, values))

    changed = map_rules(tree, resolved)
    if problems:
        raise RuleTreeError(problems)
    return changed


def name_values(tree: Tree) -> Tree:
    """The tree with ids replaced by names, for people to read and to carry elsewhere.

    An id that stands for nothing any more stays an id.
    """
    keys: dict[str, list[Scalar]] = defaultdict(list)
    for rule in walk(tree):
        if has_keys(rule) and FIELDS[rule.field].kind != Kind.CHOICE:
            keys[rule.field].extend(key for _path, key in _keys_with_paths(rule))
    names = {field: _names(field, wanted) for field, wanted in keys.items()}

    def named(rule: Rule) -> Rule:
        if not has_keys(rule) or rule.field not in names:
            return rule
        known = names[rule.field]
        values = [known.get(key, key) for _path, key in _keys_with_paths(rule)]
        return replace(rule, value=_as_before(rule, values))

    return map_rules(tree, named)


def has_keys(rule: Rule) -> bool:
    """Whether the rule's values stand for records or codes."""
    return FIELDS[rule.field].kind in _KEYED_KINDS and rule.op in _BY_KEY


def _keys_with_paths(rule: Rule) -> list[tuple[str, Scalar]]:
    path = f"{rule.path}.value" if rule.path else "value"
    if isinstance(rule.value, tuple):
        return [(f"{path}[{at}]", one) for at, one in enumerate(rule.value)]
    return [(path, cast(Scalar, rule.value))]


def _as_before(rule: Rule, values: list[Scalar]) -> Scalar | tuple[Scalar, ...] | None:
    if isinstance(rule.value, tuple):
        return tuple(values)
    return values[0] if values else None


def _find_all(rules: Iterable[Rule]) -> dict[tuple[str, Scalar], Found]:
    wanted: dict[str, set[Scalar]] = defaultdict(set)
    for rule in rules:
        wanted[rule.field].update(key for _path, key in _keys_with_paths(rule))
    return {
        (field, key): value
        for field, keys in wanted.items()
        for key, value in _FINDERS[FIELDS[field].kind](field, keys).items()
    }


def _find_codes(field: str, keys: set[Scalar]) -> dict[Scalar, Found]:
    return {key: find_code(field, cast(str, key)) for key in keys}


def _find_related(field: str, keys: set[Scalar]) -> dict[Scalar, Found]:
    records = find_records(field, cast("set[int | str]", keys))
    return {**cast("dict[Scalar, Found]", records)}


def _find_mailings(field: str, keys: set[Scalar]) -> dict[Scalar, Found]:
    find = BEHAVIOURS[field].find
    found: dict[Scalar, Found] = {}
    for key in cast("set[MailingRef]", keys):
        pk = find(key.kind, key.key)
        found[key] = None if pk is None else MailingRef(key.kind, pk)
    return found


_FINDERS: dict[Kind, Callable[[str, set[Scalar]], dict[Scalar, Found]]] = {
    Kind.CHOICE: _find_codes,
    Kind.RELATION: _find_related,
    Kind.RELATIONS: _find_related,
    Kind.BEHAVIOUR: _find_mailings,
}


def _names(field: str, keys: list[Scalar]) -> dict[Scalar, Scalar]:
    if field not in BEHAVIOURS:
        own = [key for key in keys if isinstance(key, int)]
        return {pk: names[0] for pk, names in record_names(field, own).items()}
    shown: dict[Scalar, Scalar] = {}
    for kind in ("mailing", "campaign"):
        refs = [key for key in keys if isinstance(key, MailingRef) and key.kind == kind]
        ids = frozenset(ref.key for ref in refs if isinstance(ref.key, int))
        for pk, name in BEHAVIOURS[field].names(kind, ids).items():
            shown[MailingRef(kind, pk)] = MailingRef(kind, name)
    return shown


def _problem(path: str, key: Scalar, value: object) -> Problem:
    shown = key.key if isinstance(key, MailingRef) else key
    if value is not None:
        code = "ambiguous_name"
    elif isinstance(shown, int):
        code = "record_gone"
    else:
        code = "unknown_record"
    return Problem(path, code, {"value": str(shown)[:60]})
