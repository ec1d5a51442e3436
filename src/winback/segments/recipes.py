"""Ready rule trees for the usual ways of winning leads back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Recipe:
    """A tree under a name. Lost reasons are named as every installation begins."""

    key: str
    label: str | Promise
    tree: dict[str, Any]


def _all(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"match": "all", "rules": list(rules)}


def _rule(field: str, op: str, value: Any = None) -> dict[str, Any]:
    rule = {"field": field, "op": op}
    return rule if value is None else {**rule, "value": value}


_NOT_BLACKLISTED = _rule("blacklisted", "not_set")
_LOST = _rule("status", "in", ["lost"])

# The seed of the product's story: the demo's mailing and the benchmark use it.
SEED_KEY = "back_in_stock"

RECIPES: tuple[Recipe, ...] = (
    Recipe(
        SEED_KEY,
        _("Lost since 2024 for want of stock, past the first stages"),
        _all(
            _NOT_BLACKLISTED,
            _rule("created_at", ">=", "2024-01-01"),
            _rule("stage", "not_in", ["New", "Qualified", "Won"]),
            _rule("lost_reason", "in", ["Not enough stock"]),
            {
                "match": "any",
                "rules": [_rule("active", "set"), _rule("active", "not_set")],
            },
        ),
    ),
    Recipe(
        "too_expensive",
        _("Lost: too expensive"),
        _all(_NOT_BLACKLISTED, _LOST, _rule("lost_reason", "in", ["Too expensive"])),
    ),
    Recipe(
        "not_enough_stock",
        _("Lost: not enough stock"),
        _all(_NOT_BLACKLISTED, _LOST, _rule("lost_reason", "in", ["Not enough stock"])),
    ),
    Recipe(
        "lost_a_while_ago",
        _("Lost in the last 90 days to 1 year"),
        _all(
            _NOT_BLACKLISTED,
            _LOST,
            _rule("lost_at", "in_last", {"n": 1, "unit": "years"}),
            _rule("lost_at", "not_in_last", {"n": 90, "unit": "days"}),
        ),
    ),
    Recipe(
        "silent_for_a_year",
        _("Silent for a year"),
        _all(
            _NOT_BLACKLISTED,
            _rule("status", "not_in", ["won"]),
            _rule("created_at", "not_in_last", {"n": 1, "unit": "years"}),
            _rule("last_engaged_at", "not_in_last", {"n": 1, "unit": "years"}),
        ),
    ),
)


def recipe_tree(key: str) -> dict[str, Any]:
    """The rules of a recipe, values by their names. KeyError if there is none."""
    return {recipe.key: recipe.tree for recipe in RECIPES}[key]
