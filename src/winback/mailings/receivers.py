"""News from below: names are about to be removed."""

from __future__ import annotations

from typing import Any

from winback.mailings.models import Mailing
from winback.segments.queries import keys_named


def keep_names_of_mailings(
    *, target: str, ids: frozenset[int], **_news: Any
) -> frozenset[int]:
    """Those of ``ids`` that a mailing's rules name; its reports tell of them, too."""
    trees = Mailing.objects.values_list("rules", flat=True)
    return ids & keys_named(trees.iterator(), field=target)
