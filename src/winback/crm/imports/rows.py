"""What a row gives as the columns of a lead: names found, the status worked out."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from winback.core.text import fold
from winback.crm.imports.lookups import Lookups, StageEntry
from winback.crm.imports.parsing import STATUS_WORDS, RowError, derive
from winback.crm.imports.values import CellError
from winback.crm.rules import Status

OUTCOME_WORDS = STATUS_WORDS | {
    "closed won": Status.WON,
    "closedwon": Status.WON,
    "converted": Status.WON,
    "closed converted": Status.WON,
    "qualified converted": Status.WON,
    "closed lost": Status.LOST,
    "closedlost": Status.LOST,
    "closed not converted": Status.LOST,
    "unqualified": Status.LOST,
    "disqualified": Status.LOST,
    "bad timing": Status.LOST,
    "dead": Status.LOST,
    "recycled": Status.LOST,
}
# Outcomes that say why, where no reason is given beside them.
TELLING_OUTCOMES = {"unqualified", "disqualified", "bad timing"}


def conclude(given: dict[str, Any], lookups: Lookups) -> dict[str, Any]:
    """``given`` with names joined, stages found and the status worked out.

    What came as ``outcome``, ``last_stage``, ``closed_at``, ``first_name`` and
    ``last_name`` is turned into columns of a lead. Keys are columns, and besides
    ``stage``, ``tags`` and ``blacklisted``. Raises RowError.
    """
    lead = dict(given)
    _find_names(lead, lookups)
    _join_names(lead)
    outcome = _read_outcome(lead, lookups)
    _find_stage(lead, lookups)
    status = lead.get("status") or outcome or _derived_status(lead)
    if status is not None:
        _settle(lead, status, lookups, foreign=outcome is not None)
    lead.pop("closed_at", None)
    return lead


def _find_names(lead: dict[str, Any], lookups: Lookups) -> None:
    target = ""
    try:
        for target, column, ids in lookups.by_name:
            if target in lead:
                lead[column] = ids[lead.pop(target)]
    except CellError as error:
        raise RowError(target, str(error)) from error


def _join_names(lead: dict[str, Any]) -> None:
    first, last = lead.pop("first_name", ""), lead.pop("last_name", "")
    if not lead.get("contact_name") and (name := f"{first} {last}".strip()):
        lead["contact_name"] = name[:200]
        derive(lead, "contact_name")


@lru_cache(maxsize=1000)
def _words(text: str) -> str:
    return " ".join(fold(text).replace("_", " ").replace("-", " ").split())


def _read_outcome(lead: dict[str, Any], lookups: Lookups) -> Status | None:
    """What another product's status says; words of no outcome name a stage."""
    before = lead.pop("last_stage", "")
    text = lead.pop("outcome", "")
    status = OUTCOME_WORDS.get(_words(text)) if text else None
    if text and status is None and "stage" not in lead:
        lead["stage"] = text.replace("_", " ").capitalize() if "_" in text else text
    if text and _words(text) in TELLING_OUTCOMES and not lead.get("lost_reason_id"):
        lead["lost_reason"] = _words(text).capitalize()
        _find_names(lead, lookups)
    stage = lead.get("stage", "")
    closing = OUTCOME_WORDS.get(_words(stage)) if stage else None
    if closing is not None and lookups.known_stage(stage) is None:
        lead.pop("stage")
        if closing == Status.LOST and before:
            lead["stage"] = before
        status = status or closing
    return status


def _find_stage(lead: dict[str, Any], lookups: Lookups) -> None:
    if name := lead.pop("stage", ""):
        try:
            lead["stage"] = lookups.stage(name)
        except CellError as error:
            raise RowError("stage", str(error)) from error


def _derived_status(lead: dict[str, Any]) -> Status | None:
    """The status that other columns imply; None if none of them is there."""
    stage: StageEntry | None = lead.get("stage")
    if (stage and stage.is_won) or lead.get("won_at"):
        return Status.WON
    has_lost_signs = bool(lead.get("lost_reason_id") or lead.get("lost_at"))
    active = lead.get("active")
    if active is False and (has_lost_signs or lead.get("probability") == 0):
        return Status.LOST
    if active is None and has_lost_signs:
        return Status.LOST
    return Status.OPEN if active else None


def _settle(
    lead: dict[str, Any], status: Status, lookups: Lookups, *, foreign: bool
) -> None:
    """Make the other columns agree with ``status``; refuse what contradicts it."""
    lead["status"] = status.value
    closed_at = lead.get("closed_at")
    if status == Status.LOST:
        if lead.get("active"):
            raise RowError("active", _("A lost lead cannot be active."))
        lead["active"] = False
        lead["probability"] = Decimal(0)
        if closed_at:
            lead.setdefault("lost_at", closed_at)
    elif status == Status.WON:
        lead["probability"] = Decimal(100)
        if closed_at:
            lead.setdefault("won_at", closed_at)
        stage: StageEntry | None = lead.get("stage")
        if lookups.won and (stage is None or (foreign and not stage.is_won)):
            lead["stage"] = lookups.won


def name_lead(lead: dict[str, Any]) -> None:
    """Give a new lead a title if its row has none. Raises RowError if it cannot."""
    if lead.get("title"):
        return
    for name in ("company", "contact_name", "email", "phone", "external_id"):
        if lead.get(name):
            lead["title"] = lead[name]
            derive(lead, "title")
            return
    raise RowError(
        "title", _("The row has neither a title nor a name, company or address.")
    )
