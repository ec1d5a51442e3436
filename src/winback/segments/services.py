"""Rule trees that are kept: resolved when saved, favourites, a person's default."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django.db import transaction

from winback.accounts.models import User
from winback.segments.models import DefaultFilter, FavouriteFilter
from winback.segments.queries import AnyTree, as_tree, visible_favourites
from winback.segments.resolving import resolve_names
from winback.segments.rules import to_json

MAX_NAME = 200


class FavouriteNameError(ValueError):
    """A favourite filter needs a name of 1 to 200 characters."""


class NotTheirFavouriteError(Exception):
    """Only its owner may change a favourite filter; only who sees it may use it."""


def resolve_tree(tree: AnyTree, *, user: User | None = None) -> dict[str, Any]:
    """The tree in normal form with names turned into ids, as it is to be saved.

    Names are the same for everybody, whatever ``user`` may see. Raises
    RuleTreeError naming the place of every fault.
    """
    del user
    return to_json(resolve_names(as_tree(tree)))


def save_favourite(
    name: str, *, tree: AnyTree, owner: User, is_shared: bool, now: datetime
) -> FavouriteFilter:
    """Keep a tree under a name; the owner's filter of that name is replaced.

    Raises RuleTreeError for a tree that cannot be evaluated and
    FavouriteNameError for a name that is empty or too long.
    """
    name = " ".join(name.split())
    controls = any(unicodedata.category(one) in ("Cc", "Cs") for one in name)
    if not name or len(name) > MAX_NAME or controls:
        raise FavouriteNameError
    resolved = resolve_tree(tree, user=owner)
    favourite, _created = FavouriteFilter.objects.update_or_create(
        owner=owner,
        name=name,
        defaults={"tree": resolved, "is_shared": is_shared},
        create_defaults={
            "tree": resolved,
            "is_shared": is_shared,
            "created_at": now,
        },
    )
    return favourite


def load_favourite(
    favourite: FavouriteFilter, *, by: User, now: datetime
) -> dict[str, Any]:
    """A copy of the filter's tree; changing it later leaves the filter alone.

    Raises RuleTreeError if a record that it names is gone, and
    NotTheirFavouriteError if ``by`` may not see it.
    """
    if not visible_favourites(by).filter(pk=favourite.pk).exists():
        raise NotTheirFavouriteError
    tree = resolve_tree(favourite.tree, user=by)
    favourite.used_at = now
    favourite.save(update_fields=["used_at"])
    return tree


@transaction.atomic
def share_favourite(favourite: FavouriteFilter, *, is_shared: bool, by: User) -> None:
    """Show the filter to everybody, or to its owner only. Harmless when repeated.

    Others who began with it by default no longer do once it is private again.
    """
    _check_owner(favourite, by)
    favourite.is_shared = is_shared
    favourite.save(update_fields=["is_shared"])
    if not is_shared:
        DefaultFilter.objects.filter(filter=favourite).exclude(user=by).delete()


def delete_favourite(favourite: FavouriteFilter, *, by: User) -> None:
    """Forget the filter. Mailings keep the tree they copied from it."""
    _check_owner(favourite, by)
    favourite.delete()


def set_default_filter(user: User, *, favourite: FavouriteFilter | None) -> None:
    """The filter that ``user`` starts new mailings with; None is the empty tree.

    Raises NotTheirFavouriteError if ``user`` may not see it.
    """
    if favourite is None:
        DefaultFilter.objects.filter(user=user).delete()
        return
    if not visible_favourites(user).filter(pk=favourite.pk).exists():
        raise NotTheirFavouriteError
    DefaultFilter.objects.update_or_create(user=user, defaults={"filter": favourite})


def _check_owner(favourite: FavouriteFilter, by: User) -> None:
    if favourite.owner_id != by.pk:
        raise NotTheirFavouriteError
