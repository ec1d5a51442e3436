"""Writes the leads of the sample with their losses.

Not through the import of files: the story has dates that no import sets (mailed
before, engaged before), and undoing imports must not offer to undo the demo.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django.db import models

from winback.accounts.models import Team, User
from winback.crm.models import (
    Lead,
    LeadLoss,
    LostReason,
    Product,
    Stage,
    Tag,
    UtmCampaign,
    UtmMedium,
    UtmSource,
)
from winback.crm.rules import clean_lead
from winback.crm.signals import leads_written
from winback.web.sample.reading import SampleFiles

BATCH_SIZE = 500
TEXTS = (
    "external_id",
    "title",
    "contact_name",
    "company",
    "email",
    "phone",
    "language",
    "country",
    "city",
    "time_zone",
    "status",
    "currency",
    "notes",
)
MOMENTS = ("lost_at", "won_at", "last_mailed_at", "last_engaged_at")
RELATIONS: dict[str, tuple[type[models.Model], str]] = {
    "stage": (Stage, "name"),
    "lost_reason": (LostReason, "name"),
    "owner": (User, "email"),
    "team": (Team, "name"),
    "product": (Product, "name"),
    "utm_source": (UtmSource, "name"),
    "utm_medium": (UtmMedium, "name"),
    "utm_campaign": (UtmCampaign, "name"),
}
STAGES = ("New", "Qualified", "Proposition", "Won")


class LeadWriter:
    """Knows the records that leads point to; makes those that are missing."""

    def __init__(self, files: SampleFiles) -> None:
        self.files = files
        self.known: dict[tuple[type[models.Model], str], models.Model] = {}

    def write(self) -> int:
        """The number of leads written. Sends ``leads_written``."""
        rows = list(self.files.leads())
        leads = [self._lead(row) for row in rows]
        Lead.objects.bulk_create(leads, batch_size=BATCH_SIZE)
        self._write_tags(zip(leads, rows, strict=True))
        LeadLoss.objects.bulk_create(
            [
                LeadLoss(
                    lead=lead,
                    reason=lead.lost_reason,
                    note=lead.notes,
                    lost_at=lead.lost_at,
                    by=lead.owner,
                )
                for lead in leads
                if lead.lost_at
            ],
            batch_size=BATCH_SIZE,
        )
        leads_written.send(sender=Lead, lead_ids=[lead.pk for lead in leads])
        return len(leads)

    def _lead(self, row: dict[str, str]) -> Lead:
        moment = self.files.moment
        lead = Lead(
            **{name: row[name] for name in TEXTS},
            **{name: moment(row[name]) if row[name] else None for name in MOMENTS},
            **{
                name: self._record(model, row[name], column)
                for name, (model, column) in RELATIONS.items()
            },
            created_at=moment(row["created_at"]),
            stage_changed_at=moment(row["stage_changed_at"]),
            active=row["active"] == "1",
            expected_revenue=Decimal(row["expected_revenue"]),
            probability=Decimal(row["probability"]),
            bounce_count=int(row["bounce_count"]),
        )
        clean_lead(lead)
        return lead

    def _record(
        self, model: type[models.Model], name: str, column: str = "name"
    ) -> models.Model | None:
        if not name:
            return None
        key = (model, name)
        if key not in self.known:
            made, _new = model._default_manager.get_or_create(
                **{column: name}, defaults=_defaults(model, name)
            )
            self.known[key] = made
        return self.known[key]

    def _write_tags(self, rows: Iterable[tuple[Lead, dict[str, str]]]) -> None:
        through = Lead.tags.through
        through._default_manager.bulk_create(
            [
                through(lead_id=lead.pk, tag_id=tag.pk)
                for lead, row in rows
                for name in row["tags"].split(", ")
                if (tag := self._record(Tag, name))
            ],
            batch_size=BATCH_SIZE,
        )


def _defaults(model: type[models.Model], name: str) -> dict[str, object]:
    """A stage that somebody renamed comes back at the end of the board."""
    if model is not Stage:
        return {}
    return {"is_won": name == "Won", "position": STAGES.index(name) + 100}
