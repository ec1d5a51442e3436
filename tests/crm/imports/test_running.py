import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection

from tests.factories import LeadFactory, UserFactory
from winback.accounts.rules import Role
from winback.core.models import Installation
from winback.crm import services as crm_services
from winback.crm.imports import batch, running, services
from winback.crm.imports.mapping import MappingError
from winback.crm.imports.matching import leads_with
from winback.crm.imports.reading import UnreadableFileError
from winback.crm.imports.running import ImportTakenOverError
from winback.crm.models import ImportRun, Lead, LostReason, Stage, Tag
from winback.crm.signals import leads_written

pytestmark = pytest.mark.django_db

OWN = """\
title,contact_name,company,email,phone,language,country,city,time_zone,stage,status,\
active,lost_reason,lost_at,created_at,stage_changed_at,owner,team,tags,\
expected_revenue,currency,probability,utm_source,utm_medium,utm_campaign,product,\
external_id,notes,last_mailed_at
Chairs,Ann Lee,Acme,Ann@Acme.example,+380 44 123,uk,UA,Київ,Europe/Kyiv,Proposition,\
lost,false,Not enough stock,2025-03-04T10:00:00Z,2024-02-01,2025-01-01,\
ann@winback.example,North,VIP;Old,1200.50,EUR,0,Web,Email,Spring,Desk,X-1,said no,\
2025-05-05 10:00
"""


def by_title(title):
    return Lead.objects.get(title=title)


# ------------------------------------------------------------- own columns


def test_own_field_names_map_by_themselves_and_are_kept_as_given(import_file):
    owner = UserFactory(email="ann@winback.example")

    result = import_file(OWN)

    assert result.as_json() == {"created": 1, "updated": 0, "failed": 0, "errors": []}
    lead = Lead.objects.get()
    assert (lead.title, lead.contact_name, lead.company) == (
        "Chairs",
        "Ann Lee",
        "Acme",
    )
    assert (lead.email, lead.email_normalized) == (
        "Ann@Acme.example",
        "ann@acme.example",
    )
    assert (lead.status, lead.active, lead.stage.name) == ("lost", False, "Proposition")
    assert lead.lost_at == datetime(2025, 3, 4, 10, tzinfo=UTC)
    assert lead.created_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert lead.stage_changed_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert lead.last_mailed_at == datetime(2025, 5, 5, 10, tzinfo=UTC)
    assert (lead.owner, lead.team.name) == (owner, "North")
    assert sorted(tag.name for tag in lead.tags.all()) == ["Old", "VIP"]
    assert (lead.expected_revenue, lead.currency) == (Decimal("1200.50"), "EUR")
    assert (lead.city_folded, lead.language, lead.country) == ("київ", "uk", "UA")
    assert (lead.utm_source.name, lead.product.name, lead.notes) == (
        "Web",
        "Desk",
        "said no",
    )
    assert lead.losses.get().reason.name == "Not enough stock"
    assert lead.import_run == result.run


def test_given_status_active_and_dates_are_kept(import_file):
    import_file(
        "title,status,active,lost_at,created_at\n"
        "A,open,true,,2024-01-01\n"
        "B,open,false,,2024-01-02\n"
        "C,lost,false,2024-05-05,2024-01-03\n"
        "D,won,true,,2024-01-04\n"
        "E,lost,,,2024-01-05\n"
    )

    seen = Lead.objects.order_by("title").values_list("title", "status", "active")
    assert list(seen) == [
        ("A", "open", True),
        ("B", "open", False),
        ("C", "lost", False),
        ("D", "won", True),
        ("E", "lost", False),
    ]
    assert by_title("E").lost_at == datetime(2024, 1, 5, tzinfo=UTC)


def test_dates_without_a_zone_are_in_the_installations(import_file):
    Installation.objects.update_or_create(pk=1, defaults={"time_zone": "Asia/Tehran"})

    import_file(
        "title,created_at,lost_at\nA,2024-02-01,2025-03-04 10:00\n"
        "B,2024-02-01T00:00Z,04.03.2025\n"
    )

    assert by_title("A").created_at == datetime(2024, 1, 31, 20, 30, tzinfo=UTC)
    assert by_title("A").lost_at == datetime(2025, 3, 4, 6, 30, tzinfo=UTC)
    assert by_title("B").created_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert by_title("B").lost_at == datetime(2025, 3, 3, 20, 30, tzinfo=UTC)


def test_lost_lead_that_is_active_is_refused(import_file):
    result = import_file("title,status,active\nA,lost,true\n")

    assert result.as_json()["errors"] == [
        {"row": 2, "column": "active", "reason": "A lost lead cannot be active."}
    ]


def test_translated_names_find_the_rows_that_are_there(import_file):
    import_file("title,stage,lost reason\nA,Новий,Занадто дорого\nB,جدید,\n")

    assert (by_title("A").stage.name, by_title("B").stage.name) == ("New", "New")
    assert by_title("A").lost_reason.name == "Too expensive"
    assert (Stage.objects.count(), LostReason.objects.count()) == (4, 3)


def test_unknown_stage_is_made_before_the_won_stage(import_file):
    import_file("title,stage\nA,Negotiation\n")

    assert list(Stage.objects.values_list("name", flat=True)) == [
        "New",
        "Qualified",
        "Proposition",
        "Negotiation",
        "Won",
    ]


def test_unknown_names_by_somebody_who_may_not_add_them_are_refused(import_file):
    marketer = UserFactory(role=Role.MARKETING_USER.value)

    result = import_file("title,stage,tags\nA,Negotiation,\nB,New,VIP\n", by=marketer)

    assert (result.created, result.failed) == (1, 1)
    assert result.errors[0].reason == (
        "There is no “Negotiation”, and you may not add it."
    )
    assert Stage.objects.count() == 4


def test_unknown_owner_is_left_empty_with_a_warning(import_file):
    result = import_file("title,owner\nA,Nobody\nB,Nobody\n")

    assert result.created == 2
    assert result.warnings == {
        "Nobody here is called “Nobody”; the owner was left empty.": 2
    }


def test_formula_signs_in_cells_are_text(import_file):
    import_file("title,phone\n'=1+1,'+380441234567\n=2+2,+1\n")

    rows = Lead.objects.order_by("pk").values_list("title", "phone")
    assert list(rows) == [("=1+1", "+380441234567"), ("=2+2", "+1")]


def test_header_injection_in_a_name_becomes_one_line(import_file):
    import_file('title,contact_name\nA,"Ann\r\nBcc: x@y.example"\n')

    assert by_title("A").contact_name == "Ann Bcc: x@y.example"


# --------------------------------------------------------------- bad rows


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


# --------------------------------------------------------------- matching


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


# ---------------------------------------------------- dry run, resume, undo


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
