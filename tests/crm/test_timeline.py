from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from tests.factories import LeadFactory
from winback.crm import services, timeline
from winback.crm.models import ImportRun, Lead, LostReason, Stage
from winback.crm.timeline import TimelineItem

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_timeline_tells_moves_losses_and_edits_newest_first():
    lead = LeadFactory(stage=Stage.objects.get(name="New"), city="")
    qualified = Stage.objects.get(name="Qualified")
    services.move_to_stage(lead, qualified, by=None, now=NOW)
    services.update_lead(lead, {"city": "Kyiv"}, by=None, now=NOW + timedelta(hours=1))
    services.mark_lost(
        Lead.objects.all(),
        reason=LostReason.objects.get(name="Too expensive"),
        note="said no",
        by=None,
        now=NOW + timedelta(hours=2),
    )

    lines = [(item.kind, item.title, item.body) for item in timeline.timeline(lead)]

    assert lines == [
        ("lost", "Lost: Too expensive", "said no"),
        ("edited", "Edited", "city: — → Kyiv"),
        ("stage_moved", "Moved from New to Qualified", ""),
    ]


def test_timeline_of_an_imported_lost_lead_tells_file_and_loss():
    run = ImportRun.objects.create(
        file_name="leads.csv", stored_path="x", created_at=NOW
    )
    lead = LeadFactory(import_run=run)
    lead.losses.create(reason=None, lost_at=NOW - timedelta(days=400))

    titles = [item.title for item in timeline.timeline(lead)]

    assert titles == ["Imported from leads.csv", "Lost, no reason given"]


def test_timeline_shows_what_upper_rooms_register(monkeypatch):
    monkeypatch.setattr(timeline, "_PROVIDERS", [])
    mail = TimelineItem(at=NOW, kind="mail", icon="mail", title="Restock")
    timeline.register_provider(lambda lead: [mail])

    assert timeline.timeline(LeadFactory()) == [mail]


def test_timeline_is_told_in_the_readers_language_without_raising():
    lead = LeadFactory()
    services.update_lead(lead, {"probability": Decimal(5)}, by=None, now=NOW)

    with translation.override("fa"):
        assert len(timeline.timeline(lead)) == 1
