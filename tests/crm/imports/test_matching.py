"""Which lead a row is about, and what becomes of it."""

import pytest
from django.db import connection

from tests.crm.imports.conftest import by_title
from tests.factories import LeadFactory
from winback.crm.imports import running
from winback.crm.imports.matching import leads_with
from winback.crm.models import Lead
from winback.crm.signals import leads_written

pytestmark = pytest.mark.django_db


def test_external_id_updates_and_empty_cells_keep_what_is_there(import_file):
    import_file("title,external_id,city,email\nA,1,Kyiv,a@x.example\n")

    result = import_file("title,external_id,city,phone\nA2,1,,55\n")

    lead = Lead.objects.get()
    assert (result.created, result.updated) == (0, 1)
    assert (lead.title, lead.city, lead.phone) == ("A2", "Kyiv", "55")
    assert lead.title_folded == "a2"
    assert lead.events.get().kind == "imported"


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("external_id", "lead_external_id_once"),
        ("email_normalized", "lead_by_address"),
    ],
)
def test_leads_of_a_batch_are_found_by_an_index(column, index):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # so small a table is not worth an index
            cursor.execute("SET LOCAL enable_seqscan = off")

    plan = leads_with(column, ["a", "b"]).explain()

    assert index in plan


def test_external_id_twice_in_a_file_fails_the_second(import_file):
    result = import_file("title,external_id\nA,1\nB,1\n")

    assert (result.created, result.failed) == (1, 1)
    assert result.errors[0].as_json() == {
        "row": 3,
        "column": "external_id",
        "reason": "This external id is in the file a second time.",
    }


def test_external_id_twice_in_different_batches_fails_the_second(
    import_file, monkeypatch
):
    monkeypatch.setattr(running, "BATCH_SIZE", 1)

    result = import_file("title,external_id\nA,1\nB,1\n")

    assert (result.created, result.failed) == (1, 1)


def test_address_updates_the_lead_that_was_there(import_file):
    lead = LeadFactory(title="Old", email="Ann@x.example")

    result = import_file("title,email\nNew,ANN@X.example\n")

    lead.refresh_from_db()
    assert (result.created, result.updated, lead.title) == (0, 1, "New")


def test_rows_of_one_file_with_one_address_stay_two_leads(import_file):
    result = import_file("title,email\nA,a@x.example\nB,a@x.example\n")
    again = import_file("title,email\nA,a@x.example\nB,a@x.example\n")

    assert (result.created, result.updated) == (2, 0)
    assert (again.created, again.updated, again.failed) == (0, 2, 0)


def test_address_of_several_leads_without_the_same_title_is_refused(import_file):
    LeadFactory.create_batch(2, email="ann@x.example")

    result = import_file("title,email\nSomething else,ann@x.example\n")

    assert result.failed == 1
    assert result.errors[0].reason.startswith("2 leads have this address.")


def test_external_id_of_a_new_lead_does_not_touch_leads_with_its_address(import_file):
    LeadFactory(title="Old", email="ann@x.example")

    result = import_file("title,email,external_id\nNew,ann@x.example,7\n")

    assert (result.created, Lead.objects.count()) == (1, 2)


def test_update_to_lost_and_back_keeps_the_history(import_file):
    import_file("title,external_id\nA,1\n")
    import_file(
        "title,external_id,status,lost_reason,lost_at\n"
        "A,1,lost,Too expensive,2025-01-01\n"
    )
    lead = by_title("A")
    lost = (lead.status, lead.active, lead.lost_reason.name, lead.losses.count())

    import_file("title,external_id,status\nA,1,open\n")

    lead.refresh_from_db()
    assert lost == ("lost", False, "Too expensive", 1)
    assert (lead.status, lead.active, lead.lost_reason, lead.lost_at) == (
        "open",
        True,
        None,
        None,
    )
    assert lead.losses.get().restored_at is not None


def test_update_of_a_won_lead_to_an_open_stage_reopens_it(import_file):
    import_file("title,external_id,stage\nA,1,Won\n")
    won = by_title("A").status

    import_file("title,external_id,stage\nA,1,Qualified\n")

    lead = by_title("A")
    assert (won, lead.status, lead.won_at, lead.probability) == (
        "won",
        "open",
        None,
        30,
    )


def test_new_addresses_are_announced(import_file):
    heard = []

    def listen(sender, lead_ids, **_news):
        heard.append(lead_ids)

    leads_written.connect(listen)
    try:
        import_file("title,email\nA,a@x.example\n")
    finally:
        leads_written.disconnect(listen)

    assert heard == [[by_title("A").pk]]
