from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import LeadFactory
from winback.core.models import AuditEntry
from winback.crm import services
from winback.crm.imports import undoing
from winback.crm.imports.undoing import NotUndoableError, UndoResult
from winback.crm.models import ImportRun, Lead, LeadLoss

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def undo(result):
    return undoing.undo_import(result.run, by=None, now=NOW)


def test_undo_removes_what_was_created(import_file):
    kept = LeadFactory()
    result = import_file("title,status,tags\nA,lost,VIP\nB,open,\n")

    undone = undo(result)

    assert undone == UndoResult(removed=2)
    assert list(Lead.objects.all()) == [kept]
    assert LeadLoss.objects.count() == 0
    assert result.run.state == ImportRun.State.UNDONE
    assert AuditEntry.objects.get().details == {"removed": 2, "restored": 0, "kept": 0}


def test_undo_restores_what_was_overwritten(import_file):
    import_file(
        "external_id,title,city,status,tags,expected_revenue,created_at\n"
        "1,A,Kyiv,open,VIP,5.50,2024-01-01\n"
    )
    before = Lead.objects.values().get()
    result = import_file(
        "external_id,title,city,status,lost_reason,tags,expected_revenue,created_at\n"
        "1,B,Lviv,lost,Too expensive,Old,7,2023-01-01\n"
    )

    undone = undo(result)

    lead = Lead.objects.get()
    assert undone == UndoResult(restored=1)
    assert Lead.objects.values().get() == before
    assert [tag.name for tag in lead.tags.all()] == ["VIP"]
    assert lead.losses.count() == 0


def test_undo_of_a_reopening_makes_the_lead_lost_again(import_file):
    import_file("external_id,title,status\n1,A,lost\n")
    result = import_file("external_id,title,status\n1,A,open\n")

    undo(result)

    lead = Lead.objects.get()
    assert (lead.status, lead.losses.get().restored_at) == ("lost", None)


def test_undo_keeps_a_created_lead_that_was_touched_since(import_file):
    result = import_file("title\nA\nB\n")
    services.update_lead(
        Lead.objects.get(title="A"), {"city": "Kyiv"}, by=None, now=NOW
    )

    undone = undo(result)

    assert undone == UndoResult(removed=1, kept=1)
    assert [lead.title for lead in Lead.objects.all()] == ["A"]


def test_undo_keeps_a_created_lead_that_has_a_task(import_file):
    result = import_file("title\nA\n")
    services.create_task(Lead.objects.get(), title="Call", now=NOW)

    assert undo(result) == UndoResult(kept=1)


def test_undo_keeps_a_value_that_was_changed_since(import_file):
    import_file("external_id,title,city\n1,A,Kyiv\n")
    result = import_file("external_id,title,city\n1,B,Lviv\n")
    services.update_lead(Lead.objects.get(), {"city": "Odesa"}, by=None, now=NOW)

    undone = undo(result)

    lead = Lead.objects.get()
    assert undone == UndoResult(kept=1)
    assert (lead.title, lead.title_folded, lead.city) == ("A", "a", "Odesa")


def test_undo_keeps_a_status_that_was_changed_since(import_file):
    import_file("external_id,title\n1,A\n")
    result = import_file("external_id,title,status\n1,A,lost\n")
    services.restore_leads(Lead.objects.all(), by=None, now=NOW + timedelta(hours=1))

    undone = undo(result)

    lead = Lead.objects.get()
    assert (undone.kept, lead.status, lead.losses.count()) == (1, "open", 1)


def test_undo_twice_is_refused(import_file):
    result = import_file("title\nA\n")
    undo(result)

    with pytest.raises(NotUndoableError):
        undo(result)
