"""Updating leads from rows, with what is needed to take it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from winback.accounts.models import User
from winback.crm.imports.writing import (
    LEAD_TAGS,
    insert_changes,
    insert_losses,
    insert_tags,
    update_leads,
)
from winback.crm.models import LeadLoss
from winback.crm.rules import Status
from winback.crm.services.losing import close_losses

Existing = dict[str, Any]
Changed = tuple[Existing, dict[str, Any], list[int] | None]
_as_json = DjangoJSONEncoder().default


@dataclass(frozen=True, slots=True)
class Changes:
    run_id: int
    by: User | None
    now: datetime

    def write(self, changed: Sequence[Changed]) -> list[int]:
        """Update the leads; the ids of those whose address changed.

        Rows that say what is there already write nothing.
        """
        tags_before = self._tags_before(changed)
        real = [
            (existing, columns, tags)
            for existing, columns, tags in changed
            if columns or (tags is not None and tags != tags_before[existing["id"]])
        ]
        if not real:
            return []
        update_leads(
            (existing["id"], columns) for existing, columns, _tags in real if columns
        )
        self._write_tags(real)
        self._write_losses(real)
        insert_changes(
            (
                (existing["id"], _difference(existing, columns, tags, tags_before))
                for existing, columns, tags in real
            ),
            run_id=self.run_id,
            by_id=self.by.pk if self.by else None,
            now=self.now,
        )
        return [
            existing["id"]
            for existing, columns, _tags in real
            if "email_normalized" in columns
        ]

    def _tags_before(self, changed: Sequence[Changed]) -> dict[int, list[int]]:
        before: defaultdict[int, list[int]] = defaultdict(list)
        ids = [
            existing["id"] for existing, _columns, tags in changed if tags is not None
        ]
        if ids:
            rows = LEAD_TAGS._default_manager.filter(lead_id__in=ids)
            for lead_id, tag_id in rows.values_list("lead_id", "tag_id").order_by(
                "tag_id"
            ):
                before[lead_id].append(tag_id)
        return before

    def _write_tags(self, real: Iterable[Changed]) -> None:
        tagged = [(one["id"], tags) for one, _columns, tags in real if tags is not None]
        if tagged:
            ids = [lead_id for lead_id, _tags in tagged]
            LEAD_TAGS._default_manager.filter(lead_id__in=ids).delete()
            insert_tags((lead_id, tag) for lead_id, tags in tagged for tag in tags)

    def _write_losses(self, real: Iterable[Changed]) -> None:
        """Open a history row for new losses, close those of reopened leads."""
        lost: list[tuple[int, int | None, datetime]] = []
        reopened: list[int] = []
        for existing, columns, _tags in real:
            status = columns.get("status")
            if status == Status.LOST.value:
                reason_id = columns.get("lost_reason_id", existing["lost_reason_id"])
                lost_at: datetime = columns["lost_at"]
                lost.append((existing["id"], reason_id, lost_at))
            elif status is not None and existing["status"] == Status.LOST:
                reopened.append(existing["id"])
            elif existing["status"] == Status.LOST and "lost_reason_id" in columns:
                LeadLoss.objects.filter(lead=existing["id"], restored_at=None).update(
                    reason=columns["lost_reason_id"]
                )
        insert_losses(lost)
        if reopened:
            close_losses(reopened, now=self.now)


def _difference(
    existing: Existing,
    columns: dict[str, Any],
    tags: list[int] | None,
    tags_before: dict[int, list[int]],
) -> dict[str, Any]:
    """Column -> [before, after], fit for JSON."""
    difference: dict[str, Any] = {
        name: [json_value(existing[name]), json_value(value)]
        for name, value in columns.items()
        if name != "address_quality"  # worked out anew from the address
    }
    if tags is not None:
        difference["tags"] = [tags_before[existing["id"]], tags]
    return difference


def json_value(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return _as_json(value)
