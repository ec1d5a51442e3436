from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import LeadFactory, MailingFactory, UserFactory
from winback.accounts.models import Team
from winback.core.models import AuditEntry
from winback.crm import services
from winback.crm.imports import running, undoing
from winback.crm.imports import services as imports
from winback.crm.imports.undoing import NotUndoableError, UndoResult
from winback.crm.models import (
    ImportRun,
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
from winback.segments.services import resolve_tree, save_favourite

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def undo(result):
    return undoing.undo_import(result.run, by=None, now=NOW)


def test_undo_removes_what_was_created(import_file):
    kept = LeadFactory()
    result = import_file("title,status,tags\nA,lost,VIP\nB,open,\n")

    undone = undo(result)

    assert undone == UndoResult(removed=2, names=1)
    assert list(Lead.objects.all()) == [kept]
    assert LeadLoss.objects.count() == 0
    assert result.run.state == ImportRun.State.UNDONE
    assert AuditEntry.objects.get().details == {
        "removed": 2,
        "restored": 0,
        "kept": 0,
        "names": 1,
    }


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
    assert undone == UndoResult(restored=1, names=1)  # the tag Old
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


# ------------------------------------------------------- names that it added

NAMES = "title,stage,lost_reason,team,tags,utm_source,utm_medium,utm_campaign,product\n"
ADDED = "A,Talks,Moved away,North,VIP;Old,Fair,Stand,Spring,Desk\n"
MODELS = (Stage, LostReason, Team, Tag, UtmSource, UtmMedium, UtmCampaign, Product)


def names():
    return {
        str(name)
        for model in MODELS
        for name in model.objects.values_list("name", flat=True)
    }


def test_undo_removes_every_kind_of_name_that_the_import_added(import_file):
    Tag.objects.create(name="Mine")
    before = names()
    result = import_file(NAMES + ADDED)
    added = names() - before

    undone = undo(result)

    assert (len(added), undone) == (9, UndoResult(removed=1, names=9))
    assert names() == before


def test_undo_removes_names_added_by_every_batch_and_by_refused_rows(
    import_file, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_SIZE", 1)
    before = names()
    result = import_file(
        "title,tags,status,active\nA,One,,\nB,Two,,\nC,Three,lost,true\n"
    )

    assert result.failed == 1
    assert names() - before == {"One", "Two", "Three"}
    assert undo(result).names == 3
    assert names() == before


def test_names_that_somebody_else_adds_meanwhile_are_not_the_imports(
    table, now, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    path = table("title,tags\nA,\nB,\nC,Ours\nD,Theirs\n")
    run = imports.start_import(path, by=None, now=now)

    def add(rows_done):
        Tag.objects.get_or_create(name="Theirs")

    result = running.run_import(run, now=now, progress=add)

    ours = Tag.objects.get(name="Ours")
    assert (result.created, result.failed) == (4, 0)
    assert run.added_names == {"tags": {str(ours.pk): "Ours"}}
    assert undo(result).names == 1
    assert [tag.name for tag in Tag.objects.all()] == ["Theirs"]


def test_undo_keeps_names_that_other_leads_use(import_file):
    result = import_file(NAMES + ADDED)
    other = LeadFactory(
        stage=Stage.objects.get(name="Talks"), team=Team.objects.get(name="North")
    )
    other.tags.set([Tag.objects.get(name="VIP")])

    undone = undo(result)

    assert undone == UndoResult(removed=1, names=6)
    assert {"Talks", "North", "VIP"} < names()
    assert "Old" not in names()


def test_undo_keeps_names_that_people_and_the_history_use(import_file):
    result = import_file(NAMES + ADDED)
    UserFactory(team=Team.objects.get(name="North"))
    lead = LeadFactory()
    reason = LostReason.objects.get(name="Moved away")
    leads = Lead.objects.filter(pk=lead.pk)
    services.mark_lost(leads, reason=reason, by=None, now=NOW)
    services.restore_leads(leads, by=None, now=NOW)

    undo(result)

    assert names() & {"North", "Moved away", "Talks"} == {"North", "Moved away"}


def test_undo_keeps_names_that_somebody_edited(import_file):
    result = import_file("title,tags,product,stage\nA,VIP;Old,Desk,Talks\n")
    Tag.objects.filter(name="VIP").update(name="Very important")
    Product.objects.filter(name="Desk").update(stock=3)
    Stage.objects.filter(name="Talks").update(name_translations={"uk": "Перемовини"})

    assert undo(result).names == 1
    assert {"Very important", "Desk", "Talks"} < names()


def test_undo_keeps_names_that_the_undo_of_another_import_puts_back(import_file):
    lead = LeadFactory(external_id="1")
    first = import_file("external_id,title,tags,lost_reason\n1,A,VIP,Moved away\n")
    second = import_file("external_id,title,tags,lost_reason\n1,A,Old,No stock\n")

    kept = undo(first)
    undo(second)

    assert (kept.kept, kept.names) == (1, 0)
    assert [tag.name for tag in lead.tags.all()] == ["VIP"]
    lead.refresh_from_db()
    assert lead.lost_reason.name == lead.losses.get().reason.name == "Moved away"
    assert names() & {"VIP", "Moved away", "Old", "No stock"} == {"VIP", "Moved away"}


def test_undo_keeps_names_that_a_favourite_or_a_mailing_speaks_of(import_file):
    result = import_file(NAMES + ADDED)
    owner = UserFactory()
    tree = {
        "match": "none",
        "rules": [{"match": "any", "rules": [rule("tags", "VIP")]}],
    }
    save_favourite("VIPs", tree=tree, owner=owner, is_shared=False, now=NOW)
    mailing = MailingFactory()
    mailing.rules = resolve_tree({"match": "all", "rules": [rule("stage", "Talks")]})
    mailing.save(update_fields=["rules"])

    assert undo(result).names == 7
    assert {"VIP", "Talks"} < names()


def rule(field, name):
    return {"field": field, "op": "in", "value": [name]}


def test_undo_that_goes_on_counts_the_names_once(import_file):
    result = import_file("title,tags\nA,VIP\n")
    run = result.run
    undo(result)
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.UNDOING)
    run.refresh_from_db()

    assert undoing.undo_import(run, by=None, now=NOW) == UndoResult(removed=1, names=1)
