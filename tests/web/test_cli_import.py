import json

import pytest
from click.testing import CliRunner

from winback.crm.models import Lead
from winback.web.cli import main

pytestmark = pytest.mark.django_db


@pytest.fixture
def winback():
    def run(*arguments):
        return CliRunner().invoke(main, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def leads_file(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("title,created_at\nA,2024-01-01\nB,never\n", encoding="utf-8")
    return path


def test_import_leads_as_json_is_one_object(winback, leads_file):
    answer = winback("import", "leads", leads_file, "--json")

    assert answer.exit_code == 0
    assert json.loads(answer.stdout) == {
        "created": 1,
        "updated": 0,
        "failed": 1,
        "errors": [
            {"row": 3, "column": "created_at", "reason": "“never” is not a date."}
        ],
    }
    assert Lead.objects.get().title == "A"


def test_import_leads_dry_run_writes_nothing(winback, leads_file):
    answer = winback("import", "leads", leads_file, "--dry-run")

    assert answer.stdout.splitlines() == [
        "Would create 1, update 0; 1 rows fail.",
        "  row 3, created_at: “never” is not a date.",
    ]
    assert Lead.objects.count() == 0


def test_import_leads_with_a_mapping_file(winback, leads_file, tmp_path):
    mapping = tmp_path / "map.json"
    mapping.write_text('{"columns": {"title": "company"}}', encoding="utf-8")

    answer = winback("import", "leads", leads_file, "--map", mapping, "--json")

    assert json.loads(answer.stdout)["created"] == 2
    assert set(Lead.objects.values_list("company", flat=True)) == {"A", "B"}


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "A mapping is an object"),
        ('{"columns": {"nope": "title"}}', "no column “nope”"),
        ('{"columns": {"title": "nope"}}', "no field “nope”"),
        ('{"columns": {"title": []}}', "must be a text"),
        ('{"values": {"title": 7}}', "must be an object"),
        ('{"surprise": 1}', "“surprise” is no part"),
    ],
)
def test_import_leads_with_a_bad_mapping_exits_2(
    winback, leads_file, tmp_path, mapping, reason
):
    path = tmp_path / "map.json"
    path.write_text(mapping, encoding="utf-8")

    answer = winback("import", "leads", leads_file, "--map", path, "--json")

    assert answer.exit_code == 2
    assert reason in answer.stderr
    assert reason in json.loads(answer.stdout)["error"]


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9])
def test_import_leads_of_a_bad_file_exits_2(winback, tmp_path, content):
    path = tmp_path / "leads.csv"
    path.write_bytes(content)

    answer = winback("import", "leads", path, "--json")

    assert answer.exit_code == 2
    assert json.loads(answer.stdout) == {"error": answer.stderr.strip()}
    assert answer.stderr.startswith(f"{path}: ")
    assert len(answer.stderr.splitlines()) == 1


def test_import_leads_of_a_missing_file_exits_2(winback, tmp_path):
    assert winback("import", "leads", tmp_path / "no.csv").exit_code == 2


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_export_leads_is_read_back(winback, leads_file, tmp_path, name):
    winback("import", "leads", leads_file)
    Lead.objects.update(external_id="1")
    path = tmp_path / name

    exported = winback("export", "leads", path, "--json")
    imported = winback("import", "leads", path, "--json")

    assert json.loads(exported.stdout) == {"exported": 1}
    assert json.loads(imported.stdout)["updated"] == 1


def test_export_leads_to_stdout(winback, leads_file):
    winback("import", "leads", leads_file)

    answer = winback("export", "leads", "-")

    assert answer.stdout.startswith("\ufeffexternal_id,title,")
    assert len(answer.stdout.splitlines()) == 2


def test_export_leads_into_a_missing_folder_exits_2(winback, tmp_path):
    answer = winback("export", "leads", tmp_path / "no" / "leads.csv")

    assert (answer.exit_code, len(answer.stderr.splitlines())) == (2, 1)
