"""Names in cells as rows of other tables, made on the way where that is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext as _

from winback.accounts.models import Team, User
from winback.core.text import fold
from winback.crm.imports.memo import Memo
from winback.crm.imports.values import CellError
from winback.crm.models import (
    LostReason,
    Product,
    Stage,
    Tag,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)

MAX_NAME_LENGTH = 200
NAMED: dict[str, type[models.Model]] = {
    "lost_reason": LostReason,
    "team": Team,
    "utm_source": UtmSource,
    "utm_medium": UtmMedium,
    "utm_campaign": UtmCampaign,
    "product": Product,
    "tags": Tag,
}
# Targets whose names are kept as ids -> the lead's column for them.
ID_COLUMNS = {
    **{name: f"{name}_id" for name in ("owner", *NAMED) if name != "tags"},
    "tags": "tags",
}
# Names that another product gives to what we call by the name on the right, in
# its translations and its external ids; used only while a row of ours is named so.
ALIASES = {
    "підтверджено": "Qualified",
    "تایید شده": "Qualified",
    "впіймано": "Won",
    "برد": "Won",
    "بسیار گران": "Too expensive",
    "ми не маємо людей/навички": "We don't have people/skills",
    "ما افراد/تخصص لازم نداریم": "We don't have people/skills",
    "немає в наявності": "Not enough stock",
    "موجودی ناکافی": "Not enough stock",
    "stage_lead1": "New",
    "stage_lead2": "Qualified",
    "stage_lead3": "Proposition",
    "stage_lead4": "Won",
    "lost_reason_1": "Too expensive",
    "lost_reason_2": "We don't have people/skills",
    "lost_reason_3": "Not enough stock",
}
# Beginnings of external ids whose rest is the name.
ID_PREFIXES = (
    "utm_source_",
    "utm_medium_",
    "utm_campaign_",
    "crm_tag_",
    "user_",
    "base.",
    "crm.",
    "utm.",
)


@dataclass(frozen=True, slots=True)
class StageEntry:
    id: int
    is_won: bool
    probability: Decimal


@dataclass(slots=True)
class Lookups:
    """What is known by name. Lives as long as one transaction succeeds.

    ``may_create``: targets whose unknown names become new rows; of others an
    unknown name is a CellError. A dry run makes nothing and answers with ids
    below zero.
    """

    may_create: frozenset[str]
    dry_run: bool = False
    warnings: dict[str, int] = field(default_factory=dict)
    _stages: dict[str, StageEntry] = field(default_factory=dict)
    _ids: dict[str, dict[str, int]] = field(default_factory=dict)
    _owners: dict[str, int] = field(default_factory=dict)
    _made: int = 0
    # New rows since ``load`` or ``take_added``: target -> id -> name.
    _added: dict[str, dict[str, str]] = field(default_factory=dict)
    # Target, column and cell -> id, as cells are written; see ``ID_COLUMNS``.
    by_name: list[tuple[str, str, Memo]] = field(default_factory=list)
    first: StageEntry | None = None
    won: StageEntry | None = None

    def load(self) -> None:
        """Read everything anew: after a start, and after a rollback."""
        self._load_stages()
        self._added = {}
        for target, model in NAMED.items():
            self._ids[target] = _names(model._default_manager.all())
        self._owners = _owner_keys(User.objects.filter(is_active=True))
        self.by_name = [
            (target, column, Memo(_not_false(self._finder(target))))
            for target, column in ID_COLUMNS.items()
        ]

    def take_added(self) -> dict[str, dict[str, str]]:
        """The rows made since the last call, for whoever commits them."""
        added, self._added = self._added, {}
        return added

    def trim(self) -> None:
        """Give back memory; between batches."""
        for _target, _column, memo in self.by_name:
            memo.trim()

    def stage(self, name: str) -> StageEntry:
        known = self._stages.get(name)
        if known is None:
            key = _key(name)
            known = self._stages.get(key) or self._stages.get(_alias(key))
            known = self._stages[key] = known or self._new_stage(name)
            self._stages[name] = known  # as written here: found at once next time
        return known

    def known_stage(self, name: str) -> StageEntry | None:
        key = _key(name)
        return self._stages.get(key) or self._stages.get(_alias(key))

    def named(self, target: str, name: str) -> int:
        ids = self._ids[target]
        key = _key(name)
        known = ids.get(key) or ids.get(_alias(key))
        if known is None:
            known = ids[key] = self._new(target, NAMED[target], _tidy(name))
        return known

    def tags(self, text: str) -> list[int]:
        separator = ";" if ";" in text else ","
        names = [name.strip() for name in text.split(separator) if name.strip()]
        return sorted({self.named("tags", name) for name in names})

    def owner(self, name: str) -> int | None:
        """A user by address or name; an unknown one is nobody, with a warning."""
        known = self._owners.get(_key(name)) or self._owners.get(fold(name))
        if known is None:
            warning = _("Nobody here is called “%(name)s”; the owner was left empty.")
            text = warning % {"name": name[:80]}
            self.warnings[text] = self.warnings.get(text, 0) + 1
        return known

    def _finder(self, target: str) -> Callable[[str], Any]:
        if target == "tags":
            return self.tags
        if target == "owner":
            return self.owner
        return partial(self.named, target)

    def _load_stages(self) -> None:
        rows = list(Stage.objects.order_by("position", "pk"))
        self._stages = {}
        for row in rows:
            entry = StageEntry(row.pk, row.is_won, row.probability)
            for name in (row.name, *row.name_translations.values()):
                self._stages.setdefault(fold(str(name)), entry)
        usable = [row for row in rows if row.archived_at is None] or rows
        self.first = next(
            (self.stage(row.name) for row in usable if not row.is_won), None
        )
        self.won = next((self.stage(row.name) for row in usable if row.is_won), None)

    def _new_stage(self, name: str) -> StageEntry:
        last = Stage.objects.filter(is_won=False).aggregate(last=Max("position"))[
            "last"
        ]
        probability = Decimal(10)
        stage_id = self._new(
            "stage",
            Stage,
            name.strip(),
            position=(last or 0) + 1,
            probability=probability,
        )
        return StageEntry(stage_id, False, probability)

    def _new(
        self, target: str, model: type[models.Model], name: str, **columns: Any
    ) -> int:
        if len(name) > MAX_NAME_LENGTH:
            raise CellError(_("A name has at most 200 characters."))
        if target not in self.may_create:
            raise CellError(
                _("There is no “%(name)s”, and you may not add it.")
                % {"name": name[:80]}
            )
        if self.dry_run:
            self._made += 1
            return -self._made
        made: int = model._default_manager.create(name=name, **columns).pk
        self._added.setdefault(target, {})[str(made)] = name
        return made


def _not_false(find: Callable[[str], Any]) -> Callable[[str], Any]:
    """Some exports write the word False where a relation is empty."""
    return lambda text: None if text == "False" else find(text)


def _names(rows: Iterable[models.Model]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for row in rows:
        translations: dict[str, str] = getattr(row, "name_translations", {})
        code = getattr(row, "code", "")
        for name in (row.name, *translations.values(), code):  # type: ignore[attr-defined]
            if name:
                ids.setdefault(fold(str(name)), row.pk)
    return ids


def _owner_keys(users: Iterable[User]) -> dict[str, int]:
    """Addresses and full names; first names too where only one person has it."""
    keys: dict[str, int] = {}
    short: dict[str, list[int]] = {}
    for user in users:
        keys[fold(user.email)] = user.pk
        if name := user.get_full_name():
            keys[fold(name)] = user.pk
        for word in {user.first_name, user.email.split("@")[0]}:
            short.setdefault(fold(word), []).append(user.pk)
    for word, ids in short.items():
        if word and len(ids) == 1:
            keys.setdefault(word, ids[0])
    return keys


def _key(name: str) -> str:
    return fold(_tidy(name))


def _alias(key: str) -> str:
    return fold(ALIASES.get(key, ""))


def _tidy(name: str) -> str:
    """A cell as a name: of an external id only its speaking part, as words."""
    name = " ".join(name.split())
    bare = name
    for prefix in ID_PREFIXES:
        if bare.startswith(prefix):
            bare = bare.removeprefix(prefix)
    if bare in ALIASES:
        return bare
    if bare == name and not name.startswith(("crm_team", "team_")):
        return name
    return bare.replace("_", " ").title()
