import random
import zipfile
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from winback.crm.imports import reading
from winback.crm.imports.reading import UnreadableFileError, open_table

UKRAINIAN = "Назва;Місто\r\nСтільці із дуба;Київ\r\nЩось їхнє;Львів\r\n"
PERSIAN = "عنوان,شهر\nصندلي چوبي,تهران\nميز بزرگ,اصفهان\n"


def read(path):
    table = open_table(path)
    return table.headers, [row.cells for row in table.rows]


@pytest.mark.parametrize(
    ("content", "headers", "first"),
    [
        ("a,b\n1,2\n", ["a", "b"], ["1", "2"]),
        ("\ufeffa;b\r\n1;2\r\n", ["a", "b"], ["1", "2"]),
        ("a\tb\n1\t2\n", ["a", "b"], ["1", "2"]),
        ("sep=;\na;b\n1;2\n", ["a", "b"], ["1", "2"]),
        ('a,b\n"x, ""y""\nz",2\n', ["a", "b"], ['x, "y"\nz', "2"]),
        ("a,b\rone,2\r", ["a", "b"], ["one", "2"]),
        ("email\na@x.example\n", ["email"], ["a@x.example"]),
        ("\n\na,b,,\n1,2,,\n", ["a", "b"], ["1", "2"]),
    ],
)
def test_csv_forms_are_read(table, content, headers, first):
    assert read(table(content)) == (headers, [first])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_ukrainian_text_is_read_in_its_encoding(table, encoding):
    headers, rows = read(table(UKRAINIAN.encode(encoding)))

    assert headers == ["Назва", "Місто"]
    assert rows[1] == ["Щось їхнє", "Львів"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1256"])
def test_persian_text_is_read_in_its_encoding(table, encoding):
    headers, rows = read(table(PERSIAN.encode(encoding)))

    assert headers == ["عنوان", "شهر"]
    assert rows[0] == ["صندلي چوبي", "تهران"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_mark_is_read(table, encoding):
    assert read(table("a,b\nx,y\n".encode(encoding))) == (["a", "b"], [["x", "y"]])


def test_western_text_is_not_taken_for_cyrillic(table):
    _headers, rows = read(table("city\nMünchen\nOrléans\n".encode("cp1252")))

    assert rows == [["München"], ["Orléans"]]


def test_text_that_turns_non_utf8_late_is_still_told(table):
    content = b"city\n" + b"Paris\n" * 200_000 + "Київ\n".encode("cp1251") * 9

    _headers, rows = read(table(content))

    assert rows[-1] == ["Київ"]


def test_xlsx_is_read_with_its_kinds_of_cells(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.append(["title", "at", "n", "yes", "none"])
    at = datetime.fromisoformat("2025-02-03 09:12")
    sheet.append(["Стілець", at, 5.0, True, None])
    path = tmp_path / "leads.xlsx"
    book.save(path)

    assert read(path) == (
        ["title", "at", "n", "yes", "none"],
        [["Стілець", "2025-02-03T09:12:00", "5", "True", ""]],
    )


def _zip_of(path, name, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, content)
    return path


def test_damaged_spreadsheets_are_unreadable(table, tmp_path):
    for path in (
        table(b"PK\x03\x04 and then nothing", "a.xlsx"),
        table(b"\xd0\xcf\x11\xe0 junk", "a.xls"),
        _zip_of(tmp_path / "b.xlsx", "xl/workbook.xml", "<broken"),
        _zip_of(tmp_path / "c.xlsx", "readme.txt", "no sheet"),
    ):
        with pytest.raises(UnreadableFileError, match="damaged or locked"):
            list(open_table(path).rows)


def test_spreadsheet_that_unpacks_too_far_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 10)
    path = _zip_of(tmp_path / "a.xlsx", "xl/workbook.xml", "x" * 100)

    with pytest.raises(UnreadableFileError, match="unpacks to too much"):
        open_table(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \n", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(table, content):
    with pytest.raises(UnreadableFileError, match="empty"):
        open_table(table(content))


def test_binary_junk_is_refused(table):
    junk = random.Random(1).randbytes(5000)

    with pytest.raises(UnreadableFileError, match="neither a table of text"):
        open_table(table(junk))


def test_folder_and_missing_file_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(UnreadableFileError):
            open_table(path)


def test_five_thousand_columns_are_refused(table):
    with pytest.raises(UnreadableFileError, match="5000 columns"):
        open_table(table(",".join(f"c{n}" for n in range(5000)) + "\n"))


def test_file_of_200_mb_is_refused(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    with pytest.raises(UnreadableFileError, match="The file has 200 MB"):
        open_table(path)


def test_rows_keep_their_numbers_and_problems(table):
    rows = list(open_table(table("a,b\n1\n\n1,2,3\n\x00,2\n")).rows)

    assert [(row.number, bool(row.problem)) for row in rows] == [
        (2, False),
        (4, True),
        (5, True),
    ]
    assert rows[0].cells == ["1", ""]


def test_cell_that_is_too_long_is_a_problem_of_its_row(table):
    rows = list(open_table(table(f"a\n{'x' * 100_001}\ny\n")).rows)

    assert [bool(row.problem) for row in rows] == [True, False]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(table, content):
    try:
        list(open_table(table(content)).rows)
    except UnreadableFileError:
        return
