"""Names of the records and codes that rules speak of: name -> id and id -> name."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from django.db import models

from winback.accounts.models import User
from winback.core.text import fold
from winback.crm.models import TranslatedName
from winback.segments.fields import FIELDS, choice_names
from winback.segments.rules import Kind

Names = dict[int, tuple[str, ...]]


class AmbiguousNameError(Exception):
    """More than one record answers to the name."""


def record_names(field: str) -> Names:
    """The names of a relation's records, archived ones included, the own one first.

    A stage or lost reason has further names, its translations; a person has an
    address and a full name.
    """
    model = FIELDS[field].target
    assert model is not None
    rows = model._default_manager.all()
    if issubclass(model, TranslatedName):
        return {
            pk: (name, *_texts(translations))
            for pk, name, translations in rows.values_list(
                "pk", "name", "name_translations"
            )
        }
    if issubclass(model, User):
        people = rows.values_list("pk", "email", "first_name", "last_name")
        return {
            pk: (email, full) if (full := f"{first} {last}".strip()) else (email,)
            for pk, email, first, last in people
        }
    return {pk: (name,) for pk, name in rows.values_list("pk", "name")}


def find_records(
    field: str, keys: Collection[int | str], own_names: Mapping[int, str]
) -> dict[int | str, int | AmbiguousNameError | None]:
    """What each id or exact name stands for: an id, None if nothing, or an error.

    ``own_names`` are those of the records that the keys name, by id.
    """
    found: dict[int | str, int | AmbiguousNameError | None] = {}
    own = {name: pk for pk, name in own_names.items()}
    for key in keys:
        if isinstance(key, int):
            found[key] = key if key in own_names else None
        else:
            found[key] = own.get(key)
    missing = [key for key, pk in found.items() if pk is None and isinstance(key, str)]
    if missing and _has_further_names(field):
        everybody = record_names(field)
        for key in missing:
            found[key] = _by_further_name(everybody, key)
    return found


def find_code(field: str, text: str) -> str | None:
    """The code of a choice field that ``text`` is, by code or by name, in any case."""
    choices = choice_names(field)
    codes = [text, text.upper(), text.lower()]
    if field == "language":  # a locale stands for its language
        codes.append(re.split(r"[-_@.]", text.lower())[0])
    for code in codes:
        if code in choices:
            return code
    wanted = fold(text)
    return next(
        (code for code, names in choices.items() if wanted in map(fold, names)), None
    )


def matching_keys(field: str, text: str) -> frozenset[int | str]:
    """Ids or codes whose name, in any of its languages, contains ``text``."""
    wanted = fold(text)
    names: Mapping[int, tuple[str, ...]] | Mapping[str, tuple[str, ...]]
    if FIELDS[field].kind == Kind.CHOICE:
        names = choice_names(field)
    else:
        names = record_names(field)
    return frozenset(
        key
        for key, known in names.items()
        if any(wanted in fold(name) for name in known)
    )


def name_column(model: type[models.Model]) -> str:
    """The column of a record's own name."""
    return "email" if issubclass(model, User) else "name"


def _has_further_names(field: str) -> bool:
    model = FIELDS[field].target
    return model is not None and issubclass(model, TranslatedName | User)


def _texts(translations: Mapping[str, object]) -> list[str]:
    return [name for name in translations.values() if isinstance(name, str) and name]


def _by_further_name(names: Names, wanted: str) -> int | AmbiguousNameError | None:
    found = [pk for pk, known in names.items() if wanted in known[1:]]
    if len(found) > 1:
        return AmbiguousNameError(wanted)
    return found[0] if found else None
