"""Making and editing single leads, and what is noted about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from winback.accounts.models import Team, User
from winback.crm import rules
from winback.crm.models import (
    Lead,
    LeadEvent,
    Product,
    Stage,
    Tag,
    Task,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)
from winback.crm.rules import LeadState, StageFacts, Status, clean_lead
from winback.crm.services.losing import close_losses
from winback.crm.services.states import STATE_FIELDS
from winback.crm.signals import leads_restored, leads_won, leads_written

Kind = LeadEvent.Kind


class LeadChangeError(Exception):
    """``field`` cannot be changed in this way."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFields:
    """What a new lead may be made of. No stage: the first one of the pipeline."""

    title: str
    contact_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    country: str = ""
    city: str = ""
    time_zone: str = ""
    stage: Stage | None = None
    owner: User | None = None
    team: Team | None = None
    tags: Sequence[Tag] = ()
    expected_revenue: Decimal | None = None
    currency: str = ""
    probability: Decimal | None = None
    utm_source: UtmSource | None = None
    utm_medium: UtmMedium | None = None
    utm_campaign: UtmCampaign | None = None
    product: Product | None = None
    external_id: str = ""
    notes: str = ""
    created_at: datetime | None = None


# Moved by rules of their own, or not by hand at all.
_NOT_COLUMNS = {"stage", "tags", "probability", "created_at"}
COLUMNS = tuple(
    field.name for field in fields(LeadFields) if field.name not in _NOT_COLUMNS
)
EDITABLE = {*COLUMNS, "stage", "tags", "probability"}


@transaction.atomic
def create_lead(lead_fields: LeadFields, *, by: User | None, now: datetime) -> Lead:
    """One new open lead (won, if its stage is a won one).

    A probability given here counts as set by hand. Sends ``leads_written``.
    """
    stage = lead_fields.stage or first_stage()
    lead = Lead(
        **{name: getattr(lead_fields, name) for name in COLUMNS},
        stage=stage,
        created_at=lead_fields.created_at or now,
        stage_changed_at=now,
        probability=stage.probability,
    )
    if stage.is_won:
        _put_state(lead, rules.moved(_state_of(lead), _facts(stage), now=now))
    elif lead_fields.probability is not None:
        lead.probability = lead_fields.probability
        lead.probability_by_hand = True
    clean_lead(lead)
    lead.save(force_insert=True)
    if lead_fields.tags:
        lead.tags.set(lead_fields.tags)
    record_event(lead, Kind.CREATED, at=now, by=by)
    leads_written.send(sender=Lead, lead_ids=[lead.pk])
    return lead


@transaction.atomic
def update_lead(
    lead: Lead, changes: dict[str, Any], *, by: User | None, now: datetime
) -> None:
    """Change fields of one lead and note the old and new values.

    ``lead`` is updated in place. What equals the old value is no change. A stage
    among the changes is a move, see ``move_to_stage``. Sends ``leads_written``
    if the address changed. Raises LeadChangeError for a field that is not
    edited this way, and for the probability of a lead that is not open.
    """
    if unknown := changes.keys() - EDITABLE:
        raise LeadChangeError(min(unknown))
    _lock(lead)
    if "stage" in changes:
        move_to_stage(lead, changes["stage"], by=by, now=now)
    edited = _changed_columns(lead, changes)
    tags_changed = _change_tags(lead, changes.get("tags"))
    if edited:
        address_before = lead.email_normalized
        clean_lead(lead)
        lead.save(update_fields=_columns_to_save(edited))
        if lead.email_normalized != address_before:
            leads_written.send(sender=Lead, lead_ids=[lead.pk])
    if edited or tags_changed:
        record_event(
            lead, Kind.EDITED, at=now, by=by, details={"fields": edited | tags_changed}
        )


@transaction.atomic
def move_to_stage(lead: Lead, stage: Stage, *, by: User | None, now: datetime) -> None:
    """Put one lead into ``stage``; nothing if it is there already.

    A won stage wins it (a lost one is restored by that), leaving one reopens it.
    ``lead`` is updated in place. Sends ``leads_won`` and ``leads_restored``.
    """
    _lock(lead)
    if lead.stage_id == stage.pk:
        return
    stage_before, before = lead.stage, _state_of(lead)
    after = rules.moved(before, _facts(stage), now=now)
    _put_state(lead, after)
    lead.stage, lead.stage_changed_at = stage, now
    lead.save(update_fields=["stage", "stage_changed_at", *STATE_FIELDS])
    record_event(
        lead,
        Kind.STAGE_MOVED,
        at=now,
        by=by,
        details={"from": stage_before.name, "to": stage.name},
    )
    _note_turn(lead, before, after, by=by, now=now)


def record_event(
    lead: Lead,
    kind: LeadEvent.Kind | str,
    *,
    at: datetime,
    by: User | None,
    details: dict[str, Any] | None = None,
) -> LeadEvent:
    """One line for the lead's timeline; ``details`` must be fit for JSON."""
    return LeadEvent.objects.create(
        lead=lead, kind=Kind(kind), at=at, by=by, details=details or {}
    )


def create_task(
    lead: Lead, *, title: str, now: datetime, due_at: datetime | None = None
) -> Task:
    """Ask the lead's owner for something; a lead without one gets an open task."""
    return Task.objects.create(
        lead=lead,
        owner_id=lead.owner_id,
        title=title[:200],
        created_at=now,
        due_at=due_at,
    )


def first_stage() -> Stage:
    """Where new leads begin: the first stage in use that is not a won one.

    Raises Stage.DoesNotExist if the pipeline has none.
    """
    stages = Stage.objects.filter(archived_at=None, is_won=False)
    return stages.order_by("position", "pk")[:1].get()


def _note_turn(
    lead: Lead, before: LeadState, after: LeadState, *, by: User | None, now: datetime
) -> None:
    """Events and news when a move changed the status."""
    if before.status == after.status:
        return
    if before.status == Status.LOST:
        close_losses([lead.pk], now=now)
        record_event(lead, Kind.RESTORED, at=now, by=by)
        leads_restored.send(sender=Lead, lead_ids=[lead.pk], at=now, by=by, cause={})
    if after.status == Status.WON:
        record_event(lead, Kind.WON, at=now, by=by)
        leads_won.send(sender=Lead, lead_ids=[lead.pk], at=now, by=by)
    elif before.status == Status.WON:
        record_event(lead, Kind.REOPENED, at=now, by=by)


def _changed_columns(
    lead: Lead, changes: dict[str, Any]
) -> dict[str, list[str | None]]:
    """Set what differs on ``lead``; field -> [old, new] as text."""
    edited: dict[str, list[str | None]] = {}
    for name, value in changes.items():
        if name in {"stage", "tags"} or getattr(lead, name) == value:
            continue
        if name == "probability":
            if lead.status != Status.OPEN:
                raise LeadChangeError("probability")
            lead.probability_by_hand = True
        edited[name] = [_as_text(getattr(lead, name)), _as_text(value)]
        setattr(lead, name, value)
    return edited


def _change_tags(lead: Lead, tags: Iterable[Tag] | None) -> dict[str, list[str | None]]:
    if tags is None:
        return {}
    old = ", ".join(sorted(tag.name for tag in lead.tags.all()))
    wanted = list(tags)
    new = ", ".join(sorted(tag.name for tag in wanted))
    if old == new:
        return {}
    lead.tags.set(wanted)
    return {"tags": [old, new]}


def _columns_to_save(edited: Iterable[str]) -> list[str]:
    derived = ["email_normalized", "address_quality"]
    derived += [*(f"{name}_folded" for name in rules.FOLDED_FIELDS)]
    return [*edited, "probability_by_hand", *derived]


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _lock(lead: Lead) -> None:
    """Hold the row and read the columns that rules decide on anew."""
    locked = Lead.objects.select_for_update().get(pk=lead.pk)
    for column in ("stage_id", *STATE_FIELDS):
        setattr(lead, column, getattr(locked, column))


def _state_of(lead: Lead) -> LeadState:
    values = {name: getattr(lead, name) for name in STATE_FIELDS}
    return LeadState(**{**values, "status": Status(lead.status)})


def _put_state(lead: Lead, state: LeadState) -> None:
    for name in STATE_FIELDS:
        setattr(lead, name, getattr(state, name))


def _facts(stage: Stage) -> StageFacts:
    return StageFacts(is_won=stage.is_won, probability=stage.probability)
