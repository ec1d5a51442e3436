"""Writing rule trees: what is saved has ids in place of names."""

from __future__ import annotations

from typing import Any

from winback.accounts.models import User
from winback.segments.queries import AnyTree, as_tree
from winback.segments.resolving import resolve_names
from winback.segments.rules import to_json


def resolve_tree(tree: AnyTree, *, user: User | None = None) -> dict[str, Any]:
    """The tree in normal form with names turned into ids, as it is to be saved.

    Names are the same for everybody, whatever ``user`` may see. Raises
    RuleTreeError naming the place of every fault.
    """
    del user
    return to_json(resolve_names(as_tree(tree)))
