"""Rows that the tests of leads speak of."""

from datetime import UTC, datetime, timedelta

from winback.crm.models import Lead, LostReason, Stage

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def stage(name):
    return Stage.objects.get(name=name)


def reason(name="Too expensive"):
    return LostReason.objects.get(name=name)


def all_leads():
    return Lead.objects.all()


def kinds(lead):
    return list(lead.events.order_by("pk").values_list("kind", flat=True))
