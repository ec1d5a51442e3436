"""The library of uploaded pictures: finding one again, removing what is unused."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from winback.accounts.models import User
from winback.accounts.rules import Right
from winback.content.models import Picture
from winback.content.picture_uses import Place, picture_places
from winback.content.pictures import picture_path
from winback.core.audit import record
from winback.core.text import fold

# Somebody may just be putting it into a mail that is not saved yet, or get it
# back by undoing. Our own choice.
KEPT_AFTER_USE = timedelta(days=1)


class KeptFor(enum.Enum):
    """Why a picture stays."""

    USED = "used"
    JUST_USED = "just used"
    OF_SOMEBODY_ELSE = "of somebody else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A picture of the library, where it stands, and what keeps it, if anything."""

    picture: Picture
    places: Sequence[Place]
    kept_for: KeptFor | None


def found_pictures(search: str = "") -> list[Picture]:
    """Pictures whose description has all words of ``search``, the last used first."""
    words = fold(search).split()
    pictures = Picture.objects.select_related("uploaded_by")
    found = [p for p in pictures if all(word in fold(p.alt) for word in words)]
    return sorted(found, key=lambda p: (p.last_used_at, p.pk), reverse=True)


def with_places(
    pictures: Collection[Picture],
    places: Mapping[str, Sequence[Place]],
    *,
    by: User,
    now: datetime,
) -> list[Kept]:
    """Each picture with where it stands and why it cannot be removed by ``by``.

    ``places`` are those of ``picture_places``.
    """
    return [
        Kept(
            picture=picture,
            places=places.get(picture.name, []),
            kept_for=_kept_for(picture, places.get(picture.name, []), by=by, now=now),
        )
        for picture in pictures
    ]


def _kept_for(
    picture: Picture, places: Sequence[Place], *, by: User, now: datetime
) -> KeptFor | None:
    if places:
        return KeptFor.USED
    if now - picture.last_used_at < KEPT_AFTER_USE:
        return KeptFor.JUST_USED
    if picture.uploaded_by_id != by.pk and not by.may(Right.MANAGE_TEMPLATES):
        return KeptFor.OF_SOMEBODY_ELSE
    return None


def note_use(picture: Picture, *, alt: str | None, now: datetime) -> None:
    """Remember that it was put into a mail, and what was said of it there."""
    picture.used_at = now
    if alt is not None and alt.strip():
        picture.alt = alt.strip()[:300]
    picture.save(update_fields=["used_at", "alt"])


@transaction.atomic
def remove_pictures(
    names: Collection[str], *, by: User, now: datetime
) -> tuple[int, int]:
    """Remove those of these pictures that nothing uses: (removed, kept).

    What stands in any mailing, template or version is kept, whoever asks.
    Locks the rows; the files go once that is committed, so that a crash leaves
    a file that nobody knows rather than a row without its file.
    """
    rows = Picture.objects.select_for_update().filter(name__in=names)
    pictures = list(rows)
    places = picture_places({picture.name for picture in pictures})
    looked_at = with_places(pictures, places, by=by, now=now)
    gone = [one.picture for one in looked_at if one.kept_for is None]
    for picture in gone:
        record(
            "content.remove_picture",
            actor=by,
            subject="picture",
            subject_id=picture.pk,
            at=now,
            name=picture.name,
        )
        file = picture_path(picture.name)
        transaction.on_commit(partial(file.unlink, missing_ok=True))
        picture.delete()
    return len(gone), len(looked_at) - len(gone)
