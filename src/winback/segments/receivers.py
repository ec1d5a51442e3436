"""News from below: names are about to be removed."""

from __future__ import annotations

from typing import Any

from winback.segments.models import FavouriteFilter
from winback.segments.queries import keys_named


def keep_names_of_favourites(
    *, target: str, ids: frozenset[int], **_news: Any
) -> frozenset[int]:
    """Those of ``ids`` that a favourite filter names; else it could not be used."""
    trees = FavouriteFilter.objects.values_list("tree", flat=True)
    return ids & keys_named(trees.iterator(), field=target)
