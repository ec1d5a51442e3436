"""Names in a tree become ids, and ids become names again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from winback.segments.fields import BEHAVIOURS, FIELDS
from winback.segments.known import Known, read_known
from winback.segments.lookups import AmbiguousNameError, find_code, find_records
from winback.segments.rules import (
    Kind,
    MailingRef,
    Problem,
    Rule,
    RuleTreeError,
    Tree,
    map_rules,
    walk,
)
from winback.segments.rules.tree import Scalar

Found = Scalar | None | AmbiguousNameError


def resolve_names(tree: Tree, known: Known | None = None) -> Tree:
    """The tree with every name replaced by its id or code, and every id checked.

    ``known`` is what ``read_known`` gave for the tree; it is read if not at hand.
    Names that no record has as its own take one query more for each relation.
    Raises RuleTreeError with the place of every value that stands for nothing (a
    deleted lost reason, a misspelt stage) or for more than one record.
    """
    found = _find_all(tree, read_known(tree) if known is None else known)
    problems: list[Problem] = []

    def resolved(rule: Rule) -> Rule:
        if not rule.has_keys:
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
    names: dict[str, dict[Scalar, Scalar]] = {
        field: cast("dict[Scalar, Scalar]", {**own})
        for field, own in read_known(tree).own_names.items()
    }
    for field, refs in _refs(tree).items():
        names[field] = _names_of_mailings(field, refs)

    def named(rule: Rule) -> Rule:
        if not rule.has_keys or rule.field not in names:
            return rule
        own = names[rule.field]
        values = [own.get(key, key) for _path, key in _keys_with_paths(rule)]
        return replace(rule, value=_as_before(rule, values))

    return map_rules(tree, named)


def _keys_with_paths(rule: Rule) -> list[tuple[str, Scalar]]:
    path = f"{rule.path}.value" if rule.path else "value"
    if isinstance(rule.value, tuple):
        return [(f"{path}[{at}]", one) for at, one in enumerate(rule.value)]
    return [(path, cast(Scalar, rule.value))]


def _as_before(rule: Rule, values: list[Scalar]) -> Scalar | tuple[Scalar, ...] | None:
    if isinstance(rule.value, tuple):
        return tuple(values)
    return values[0] if values else None


def _find_all(tree: Tree, known: Known) -> dict[tuple[str, Scalar], Found]:
    wanted: dict[str, set[Scalar]] = defaultdict(set)
    for rule in walk(tree):
        if rule.has_keys:
            wanted[rule.field].update(key for _path, key in _keys_with_paths(rule))
    return {
        (field, key): value
        for field, keys in wanted.items()
        for key, value in _FINDERS[FIELDS[field].kind](field, keys, known).items()
    }


def _find_codes(field: str, keys: set[Scalar], _known: Known) -> dict[Scalar, Found]:
    return {key: find_code(field, cast(str, key)) for key in keys}


def _find_related(field: str, keys: set[Scalar], known: Known) -> dict[Scalar, Found]:
    own_names = known.own_names.get(field, {})
    records = find_records(field, cast("set[int | str]", keys), own_names)
    return {**cast("dict[Scalar, Found]", records)}


def _find_mailings(field: str, keys: set[Scalar], _known: Known) -> dict[Scalar, Found]:
    find = BEHAVIOURS[field].find
    found: dict[Scalar, Found] = {}
    for key in cast("set[MailingRef]", keys):
        pk = find(key.kind, key.key)
        found[key] = None if pk is None else MailingRef(key.kind, pk)
    return found


_FINDERS: dict[Kind, Callable[[str, set[Scalar], Known], dict[Scalar, Found]]] = {
    Kind.CHOICE: _find_codes,
    Kind.RELATION: _find_related,
    Kind.RELATIONS: _find_related,
    Kind.BEHAVIOUR: _find_mailings,
}


def _refs(tree: Tree) -> dict[str, set[MailingRef]]:
    """The mailings and campaigns that each behaviour field names."""
    refs: dict[str, set[MailingRef]] = defaultdict(set)
    for rule in walk(tree):
        if rule.field in BEHAVIOURS:
            refs[rule.field].update(
                ref for ref in rule.values if isinstance(ref, MailingRef)
            )
    return refs


def _names_of_mailings(field: str, refs: set[MailingRef]) -> dict[Scalar, Scalar]:
    shown: dict[Scalar, Scalar] = {}
    for kind in ("mailing", "campaign"):
        ids = frozenset(
            ref.key for ref in refs if ref.kind == kind and isinstance(ref.key, int)
        )
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
