"""Bad rows are given back with the reason; good ones are kept."""

import csv

import pytest
from django.db import IntegrityError

from tests.crm.imports.conftest import by_title
from tests.factories import UserFactory
from winback.accounts.rules import Role
from winback.crm.imports import batch, running
from winback.crm.imports.mapping import MappingError
from winback.crm.models import ImportRun, Lead, Tag

pytestmark = pytest.mark.django_db


def test_bad_rows_are_given_back_and_good_ones_kept(import_file):
    result = import_file(
        "title,email,created_at,country,extra\n"
        "A,a@x.example,2024-01-01,UA,\n"
        "B,b@x.example,yesterday,UA,\n"
        "C,c@x.example,2024-01-01,Atlantis,\n"
        ",,,,\n"
        "D,d@x.example,2024-01-01,UA,,,too long\n"
        "E\n"
        "F,not an address,2024-01-01,UA,\n"
        ",,2024-01-01,UA,\n"
        "G\0H,g@x.example,2024-01-01,UA,\n"
        f"{'x' * 301},i@x.example,2024-01-01,UA,\n"
    )

    assert (result.created, result.failed) == (3, 6)
    assert [problem.as_json() for problem in result.errors] == [
        {"row": 3, "column": "created_at", "reason": "“yesterday” is not a date."},
        {
            "row": 4,
            "column": "country",
            "reason": "“Atlantis” is no country we know.",
        },
        {
            "row": 6,
            "column": "",
            "reason": "The row has 7 cells, the header only 5.",
        },
        {
            "row": 9,
            "column": "title",
            "reason": "The row has neither a title nor a name, company or address.",
        },
        {"row": 10, "column": "", "reason": "The row holds a NUL character."},
        {
            "row": 11,
            "column": "title",
            "reason": "The text is longer than 300 characters.",
        },
    ]
    assert set(Lead.objects.values_list("title", flat=True)) == {"A", "E", "F"}
    assert (by_title("F").email, by_title("F").email_normalized) == (
        "not an address",
        "",
    )
    with running.errors_path(result.run).open(encoding="utf-8-sig", newline="") as file:
        given_back = list(csv.reader(file))
    assert given_back[0] == [
        "title",
        "email",
        "created_at",
        "country",
        "extra",
        "Row",
        "Reason",
    ]
    assert given_back[1][-2:] == ["3", "created_at: “yesterday” is not a date."]
    assert len(given_back) == 7


def test_row_with_an_unclosed_quote_is_given_back_and_the_rows_after_it_kept(
    import_file,
):
    result = import_file('title,city\nA,Kyiv\nB,"Lviv\nC,Odesa\nD,"Kharkiv"\n')

    reason = (
        "A quotation mark in line 3 of the file is not closed, or not where a cell "
        "ends."
    )
    assert [problem.as_json() for problem in result.errors] == [
        {"row": 3, "column": "", "reason": reason}
    ]
    assert list(Lead.objects.order_by("pk").values_list("title", "city")) == [
        ("A", "Kyiv"),
        ("C", "Odesa"),
        ("D", "Kharkiv"),
    ]
    with running.errors_path(result.run).open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1] == ["B", "Lviv", "3", reason]


def test_rows_given_back_import_again_once_mended(import_file):
    first = import_file("title,created_at\nA,never\nB,2024-01-01\n")
    text = running.errors_path(first.run).read_text(encoding="utf-8-sig")

    second = import_file(text.replace("A,never", "A,2024-01-01"))

    assert (second.created, second.failed) == (1, 0)


def test_file_that_breaks_off_keeps_the_rows_before(import_file, monkeypatch):
    monkeypatch.setattr("winback.crm.imports.reading.MAX_CELL_LENGTH", 100)

    result = import_file("title\nA\n" + '"' + "x" * 20_000 + "\n")

    assert (result.created, result.failed) == (1, 1)
    assert result.errors[0].row == 3


def test_row_that_the_database_refuses_fails_alone(import_file, monkeypatch):
    insert = batch.insert_leads

    def refuse_b(leads, **facts):
        if any(lead["title"] == "B" for lead in leads):
            raise IntegrityError
        return insert(leads, **facts)

    monkeypatch.setattr(batch, "insert_leads", refuse_b)

    result = import_file("title,external_id\nA,1\nB,2\nC,3\n")

    assert (result.created, result.failed) == (2, 1)
    assert result.errors[0].as_json() == {
        "row": 3,
        "column": "",
        "reason": "The database refused the row.",
    }


def test_mapping_with_an_unknown_column_is_refused_and_the_run_has_failed(import_file):
    with pytest.raises(MappingError, match="no column “nope”"):
        import_file("title\nA\n", mapping={"columns": {"nope": "title"}})

    run = ImportRun.objects.get()
    assert (run.state, run.failure) == ("failed", "The file has no column “nope”.")


def test_row_whose_status_names_an_unknown_reason_fails_alone(import_file):
    marketer = UserFactory(role=Role.MARKETING_USER.value)

    result = import_file(
        "LASTNAME,COMPANY,STATUS,EMAIL\n"
        "Lee,Acme,Bad Timing,a@x.example\nKim,Acme,Open,b@x.example\n",
        by=marketer,
    )

    assert (result.created, result.failed) == (1, 1)
    assert result.errors[0].reason == (
        "There is no “Bad timing”, and you may not add it."
    )


def test_first_filled_of_two_columns_with_one_field_counts(import_file):
    columns = {"a": "created_at", "b": "created_at", "title": "title"}

    result = import_file(
        "title,a,b\nA,2024-01-01,2025-01-01\nB,,2025-01-01\nC,2024-01-01,never\n"
        "D,,never\nE,never,2025-01-01\n",
        mapping={"columns": columns},
    )

    assert [lead.created_at.year for lead in Lead.objects.order_by("title")] == [
        *(2024, 2025, 2024)
    ]
    assert [(problem.row, problem.column) for problem in result.errors] == [
        (5, "b"),
        (6, "a"),
    ]


def test_row_with_several_wrong_cells_tells_of_the_first(import_file):
    result = import_file(
        "title,country,created_at\nA,UA,never\nB,Atlantis,never\nC,Atlantis,\n"
    )

    assert [(problem.row, problem.column) for problem in result.errors] == [
        (2, "created_at"),
        (3, "country"),
        (4, "country"),
    ]


def test_row_that_is_refused_adds_no_names(import_file):
    result = import_file("title,tags,created_at\nA,VIP,never\nB,Old,\n")

    assert (result.created, result.failed) == (1, 1)
    assert list(Tag.objects.values_list("name", flat=True)) == ["Old"]


def test_texts_from_defaults_replacements_and_joined_names_are_folded_too(import_file):
    import_file(
        "first_name,last_name,stage\nЇжак,Лі,Mine\n",
        mapping={
            "columns": {"first_name": "first_name", "last_name": "last_name"},
            "values": {"stage": {"mine": {"city": "ЛЬВІВ", "email": "A@X.example"}}},
            "defaults": {"company": "ТОВ Їжак"},
        },
    )

    lead = Lead.objects.get()
    assert (lead.title_folded, lead.contact_name_folded) == ("тов їжак", "їжак лі")
    assert (lead.city_folded, lead.company_folded) == ("львів", "тов їжак")
    assert (lead.email_folded, lead.email_normalized) == ("a@x.example",) * 2


def test_file_of_more_different_texts_than_are_remembered_is_read_right(
    import_file, monkeypatch
):
    monkeypatch.setattr("winback.crm.imports.memo.MANY", 2)
    monkeypatch.setattr(running, "BATCH_SIZE", 4)
    dates = [f"2024-01-{day:02d}" for day in range(1, 21)]

    import_file(
        "title,tags,created_at\n"
        + "".join(f"Л{date},T{date},{date}\n" for date in dates)
    )

    leads = Lead.objects.order_by("pk").prefetch_related("tags")
    assert [f"{lead.created_at:%Y-%m-%d}" for lead in leads] == dates
    assert [lead.tags.get().name for lead in leads] == [f"T{date}" for date in dates]
    assert [lead.title_folded for lead in leads] == [f"л{date}" for date in dates]
