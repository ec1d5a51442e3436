"""An import from file to leads: dry run, going on, progress."""

import csv
from datetime import UTC, datetime, timedelta

import pytest

from tests.crm.imports.conftest import by_title
from winback.crm import services as crm_services
from winback.crm.imports import running, services
from winback.crm.imports.reading import UnreadableFileError
from winback.crm.imports.running import ImportTakenOverError
from winback.crm.models import ImportRun, Lead, Stage

pytestmark = pytest.mark.django_db


def test_dry_run_says_the_same_and_writes_nothing(table, now):
    path = table("title,external_id,stage\nA,1,Brand new\nB,1,New\nC,2,New\n")
    run = services.start_import(path, by=None, now=now)

    checked = running.check_file(path, run.mapping, by=None, now=now)

    assert (Lead.objects.count(), Stage.objects.count()) == (0, 4)
    assert checked.as_json() == running.run_import(run, now=now).as_json()


def test_interrupted_import_goes_on_where_it_stood(table, now, monkeypatch):
    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    path = table("title\n" + "".join(f"L{n}\n" for n in range(5)))
    run = services.start_import(path, by=None, now=now)

    def die(rows_done):
        if rows_done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        running.run_import(run, now=now, progress=die)
    resumed = ImportRun.objects.get()
    between = (resumed.state, resumed.rows_done, Lead.objects.count())
    result = running.run_import(resumed, now=now)

    assert between == ("running", 4, 4)
    assert (result.created, Lead.objects.count(), resumed.state) == (5, 5, "done")


def test_second_process_on_one_import_stops(table, now, monkeypatch):
    monkeypatch.setattr(running, "BATCH_SIZE", 1)
    path = table("title\nA\nB\n")
    run = services.start_import(path, by=None, now=now)

    def overtake(rows_done):
        ImportRun.objects.filter(pk=run.pk).update(rows_done=rows_done + 1)

    with pytest.raises(ImportTakenOverError):
        running.run_import(run, now=now, progress=overtake)
    assert Lead.objects.count() == 1


def test_progress_is_told_for_each_batch(table, now, monkeypatch):
    monkeypatch.setattr(running, "BATCH_SIZE", 2)
    run = services.start_import(table("title\nA\nB\nC\n"), by=None, now=now)
    told = []

    running.run_import(run, now=now, progress=told.append)

    assert told == [2, 3]


def test_run_that_is_done_does_nothing_when_called_again(table, now):
    run = services.start_import(table("title\nA\n"), by=None, now=now)
    running.run_import(run, now=now)

    running.run_import(run, now=now)

    assert Lead.objects.count() == 1


def test_file_without_rows_is_no_error(import_file):
    assert import_file("title,email\n").as_json() == {
        "created": 0,
        "updated": 0,
        "failed": 0,
        "errors": [],
    }


def test_missing_file_is_unreadable(tmp_path, now):
    with pytest.raises(UnreadableFileError):
        services.start_import(tmp_path / "nothing.csv", by=None, now=now)
    assert ImportRun.objects.count() == 0


def test_query_count_does_not_grow_with_rows(
    import_file, django_assert_max_num_queries
):
    rows = "".join(f"L{n},l{n}@x.example,{n}\n" for n in range(300))

    with django_assert_max_num_queries(40):
        import_file("title,email,external_id\n" + rows)

    assert Lead.objects.count() == 300


def test_two_days_later_created_at_is_the_day_of_the_import(import_file, now):
    import_file("title\nA\n", now=now + timedelta(days=2))

    assert by_title("A").created_at == now + timedelta(days=2)


def test_lead_edited_after_import_uses_the_same_folded_columns(import_file):
    import_file("title,city\nA,КИЇВ\n")
    lead = by_title("A")

    crm_services.update_lead(
        lead, {"phone": "1"}, by=None, now=datetime(2026, 1, 1, tzinfo=UTC)
    )

    lead.refresh_from_db()
    assert lead.city_folded == "київ"


def test_rows_given_back_run_nothing_and_import_again_as_they_were(import_file):
    first = import_file('title,created_at,=cmd\n"=HYPERLINK(""x"")",never,@SUM(1)\n')
    path = running.errors_path(first.run)
    with path.open(encoding="utf-8-sig", newline="") as file:
        given_back = list(csv.reader(file))

    second = import_file(
        path.read_text(encoding="utf-8-sig").replace(",never,", ",2024-01-01,")
    )

    assert given_back[0][:3] == ["title", "created_at", "'=cmd"]
    assert given_back[1][:3] == ['\'=HYPERLINK("x")', "never", "'@SUM(1)"]
    assert (second.created, Lead.objects.get().title) == (1, '=HYPERLINK("x")')
