import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import LeadFactory, LostLeadFactory, UserFactory
from winback.core.models import AuditEntry
from winback.crm import tasks
from winback.crm.imports import running
from winback.crm.models import ImportRun, Lead

pytestmark = pytest.mark.django_db
FILE = "Title,E-mail,Stage,Unknown\nChairs,a@x.example,New,1\nDesks,b@x.example,New,2\n"


@pytest.fixture
def importer(client):
    person = UserFactory(role="sales_manager")
    client.force_login(person)
    return person


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Ids handed to the workers, who do not run here."""
    ids = []
    monkeypatch.setattr(tasks.run_import_task, "delay", ids.append)
    return ids


def upload(client, content=FILE, name="leads.csv"):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("crm:import-new"), {"file": file})


def columns(*targets):
    return {f"column-{number}": target for number, target in enumerate(targets)}


def test_upload_shows_the_guessed_columns_and_the_first_rows(client, importer):
    response = upload(client)

    run = ImportRun.objects.get()
    assert response.url == reverse("crm:import", args=[run.pk])
    assert (run.by, run.file_name, run.state) == (importer, "leads.csv", "uploaded")
    assert run.mapping["columns"] == {
        "Title": "title",
        "E-mail": "email",
        "Stage": "stage",
    }
    page = client.get(response.url).content.decode()
    assert "Chairs" in page
    assert page.count("selected") == 4
    assert Lead.objects.count() == 0


def test_import_from_upload_to_undo(
    client, importer, woken, django_capture_on_commit_callbacks
):
    upload(client)
    run = ImportRun.objects.get()
    chosen = columns("title", "email", "stage", "")

    client.post(reverse("crm:import-check", args=[run.pk]), chosen)
    checked = client.get(reverse("crm:import", args=[run.pk])).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("crm:import-start", args=[run.pk]))
    busy = client.get(reverse("crm:import", args=[run.pk])).content.decode()
    tasks.run_import_task(run.pk)
    done = client.get(reverse("crm:import", args=[run.pk])).content.decode()
    lead_count = Lead.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("crm:import-undo", args=[run.pk]))
    tasks.continue_imports()
    undone = client.get(reverse("crm:import", args=[run.pk])).content.decode()

    assert "What would happen" in checked
    assert 'role="progressbar"' in busy
    assert "Undo this import" in done
    assert (lead_count, Lead.objects.count()) == (2, 0)
    assert "Leads removed: 2" in undone
    assert woken == [run.pk, run.pk]


def test_busy_page_asks_for_itself_again_in_part(client, importer):
    upload(client)
    ImportRun.objects.update(state="running", rows_total=10, rows_done=4)
    url = reverse("crm:import", args=[ImportRun.objects.get().pk])

    page = client.get(url, headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="import-run"')
    assert f'hx-get="{url}"' in page


def test_check_shows_rows_that_fail_and_they_can_be_downloaded(client, importer):
    upload(client, "title,created_at\nA,never\nB,2024-01-01\n")
    run = ImportRun.objects.get()
    client.post(
        reverse("crm:import-check", args=[run.pk]), columns("title", "created_at")
    )

    checked = client.get(reverse("crm:import", args=[run.pk])).content.decode()
    client.post(reverse("crm:import-start", args=[run.pk]))
    tasks.run_import_task(run.pk)
    answer = client.get(reverse("crm:import-errors", args=[run.pk]))
    given_back = b"".join(answer.streaming_content).decode("utf-8-sig")
    answer.close()

    assert "“never” is not a date." in checked
    assert given_back.splitlines() == [
        "title,created_at,Row,Reason",
        "A,never,2,created_at: “never” is not a date.",
    ]


def test_unreadable_upload_is_answered_with_the_reason(client, importer, home):
    response = upload(client, "\n\n")

    assert response.status_code == 422
    assert "The file is empty." in response.content.decode()
    assert ImportRun.objects.count() == 0
    assert list((home / "imports").iterdir()) == []


def test_upload_name_never_becomes_a_path(client, importer, home):
    upload(client, name="../../evil.csv")

    run = ImportRun.objects.get()
    assert run.stored_path == str(home / "imports" / str(run.pk) / "upload")


def test_markup_in_a_file_is_shown_as_text(client, importer):
    upload(client, "title,<b>x</b>\n<script>alert(1)</script>,1\n")

    page = client.get(reverse("crm:import", args=[ImportRun.objects.get().pk]))

    assert "<script>alert" not in page.content.decode()
    assert "<b>x</b>" not in page.content.decode()


def test_check_warns_of_owners_nobody_knows(client, importer):
    upload(client, "title,owner\nA,Somebody\n")
    run = ImportRun.objects.get()

    client.post(reverse("crm:import-check", args=[run.pk]), columns("title", "owner"))
    page = client.get(reverse("crm:import", args=[run.pk])).content.decode()

    assert "Nobody here is called “Somebody”; the owner was left empty." in page


def test_check_with_an_unknown_target_is_refused(client, importer):
    upload(client)
    run = ImportRun.objects.get()

    response = client.post(
        reverse("crm:import-check", args=[run.pk]), columns("password")
    )

    assert response.status_code == 422
    run.refresh_from_db()
    assert run.state == "uploaded"


def test_start_before_the_check_does_nothing(client, importer, woken):
    upload(client)
    run = ImportRun.objects.get()

    client.post(reverse("crm:import-start", args=[run.pk]))

    run.refresh_from_db()
    assert (run.state, woken) == ("uploaded", [])


@pytest.mark.parametrize("role", ["sales_user"])
def test_imports_do_not_exist_for_people_without_the_right(client, role):
    client.force_login(UserFactory(role=role))

    assert client.get(reverse("crm:import-list")).status_code == 404
    assert upload(client).status_code == 404
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["import", "import-check", "import-start", "import-undo", "import-errors"]
)
def test_imports_of_others_do_not_exist(client, importer, name):
    upload(client)
    run = ImportRun.objects.get()
    client.force_login(UserFactory(role="marketing_user"))
    method = client.get if name in {"import", "import-errors"} else client.post

    assert method(reverse(f"crm:{name}", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.state == "uploaded"


@pytest.mark.parametrize("name", ["import-check", "import-start", "import-undo"])
def test_changes_need_a_post(client, importer, name):
    upload(client)
    run = ImportRun.objects.get()

    assert client.get(reverse(f"crm:{name}", args=[run.pk])).status_code == 405


@pytest.mark.parametrize("run_count", [1, 3])
def test_import_list_needs_a_fixed_number_of_queries(
    client, importer, run_count, django_assert_max_num_queries
):
    for _number in range(run_count):
        upload(client)

    with django_assert_max_num_queries(4):  # session, user, runs, and one spare
        page = client.get(reverse("crm:import-list")).content.decode()

    assert page.count('<tr id="import-') == run_count


def test_task_leaves_an_import_alone_that_a_process_is_at(client, importer):
    upload(client)
    run = ImportRun.objects.get()
    ImportRun.objects.update(state="running")

    with tasks._alone(run) as first:
        tasks.run_import_task(run.pk)
        count = Lead.objects.count()

    assert (first, count) == (True, 0)


def test_task_of_a_missing_file_says_so_on_the_run(client, importer):
    upload(client)
    run = ImportRun.objects.get()
    (running.imports_folder(run) / "upload").unlink()
    ImportRun.objects.update(state="running")

    tasks.run_import_task(run.pk)

    run.refresh_from_db()
    assert (run.state, "cannot be read" in run.failure) == ("failed", True)


# ------------------------------------------------------------------- export


def test_export_gives_what_the_list_shows(client, importer):
    LeadFactory(title="Open one")
    LostLeadFactory(title="=Lost one")

    answer = client.get(reverse("crm:export"), {"status": "lost"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()

    assert len(lines) == 2
    assert lines[1].split(",")[1] == "'=Lost one"
    assert AuditEntry.objects.get().action == "crm.export_leads"


def test_export_holds_only_leads_that_the_person_sees(client):
    seller = UserFactory(role="sales_user")
    client.force_login(seller)
    LeadFactory(title="Mine", owner=seller)
    LeadFactory(title="Not mine")

    answer = client.get(reverse("crm:export"))
    text = b"".join(answer.streaming_content).decode()

    assert ("Mine" in text, "Not mine" in text) == (True, False)


def test_export_as_a_spreadsheet(client, importer):
    answer = client.get(reverse("crm:export"), {"format": "xlsx"})

    assert b"".join(answer.streaming_content).startswith(b"PK")
    answer.close()


def test_export_by_post_is_refused(client, importer):
    assert client.post(reverse("crm:export")).status_code == 405
