"""Leads for the rule tree's tests, with every derived column filled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.factories import NOW, LeadFactory

from winback.core.models import Installation
from winback.crm.models import Lead, LostReason, Stage


def lead(title: str, **fields: Any) -> Lead:
    """A stored lead; lost ones get what the database asks of them.

    ``email_normalized`` may be given, against what cleaning makes of the address.
    """
    address = fields.get("email_normalized")
    own = f"{title.lower().replace(' ', '_')}@example.org"
    fields = {"title": title, "email": own, **fields}
    if fields.get("status") == "lost":
        fields = {"active": False, "lost_at": NOW - timedelta(days=30), **fields}
    made: Lead = LeadFactory(**fields)
    if address is not None:
        made.email_normalized = address
        made.save(update_fields=["email_normalized"])
    return made


def rule(field, op, value=None):
    plain = {"field": field, "op": op}
    return plain if value is None else {**plain, "value": value}


def group(match, *rules):
    return {"match": match, "rules": list(rules)}


@pytest.fixture
def zone():
    installation = Installation.current()
    installation.time_zone = "Europe/Kyiv"
    installation.save(update_fields=["time_zone"])


@pytest.fixture
def reasons(db) -> dict[str, LostReason]:
    names = ("Too expensive", "We don't have people/skills", "Not enough stock")
    return {name: LostReason.objects.get_or_create(name=name)[0] for name in names}


@pytest.fixture
def stages(db) -> dict[str, Stage]:
    for name in ("New", "Qualified", "Proposition", "Won"):
        Stage.objects.get_or_create(name=name, defaults={"is_won": name == "Won"})
    return {stage.name: stage for stage in Stage.objects.all()}


@pytest.fixture
def titles() -> Callable[..., list[str]]:
    """The titles of the leads that rules match, in order of their ids."""
    from winback.segments.queries import audience  # noqa: PLC0415

    def found(*rules: dict[str, Any], match: str = "all", user=None, now=NOW):
        tree = {"match": match, "rules": list(rules)}
        leads = audience(tree, user=user, now=now)
        return [one.title for one in leads.order_by("pk")]

    return found
