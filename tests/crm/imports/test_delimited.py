import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from winback.crm.imports import delimited
from winback.crm.imports.reading import UnreadableFileError, open_table

NOT_CLOSED = (
    "A quotation mark in line {} of the file is not closed, or not where a cell ends."
)
HEADER = "id,name,notes\n"


@pytest.fixture
def read(table):
    """The cells of the good rows, and row number -> problem of the others."""

    def rows(text):
        rows = list(open_table(table(text)).rows)
        good = [row.cells for row in rows if not row.problem]
        return good, {row.number: row.problem for row in rows if row.problem}

    return rows


@pytest.mark.parametrize(
    "broken",
    [
        '1,"Ann,x\n',  # swallows to the end of the file
        '1,"Ann,x\n\n',
        '"1","Ann,x\n',
    ],
)
def test_quote_that_is_never_closed_costs_its_own_row_alone(read, broken):
    good, problems = read(HEADER + "0,Zed,x\n" + broken + "2,Bob,y\n3,Eve,z\n")

    assert good == [["0", "Zed", "x"], ["2", "Bob", "y"], ["3", "Eve", "z"]]
    assert problems == {3: NOT_CLOSED.format(3)}


def test_quote_that_a_later_quoted_cell_closes_costs_its_own_row_alone(read):
    good, problems = read(
        HEADER + '1,"Ann,x\n2,Bob,y\n3,"Lee, Eve",z\n4,"a\nb",c\n5,"",d\n'
    )

    assert good == [
        ["2", "Bob", "y"],
        ["3", "Lee, Eve", "z"],
        ["4", "a\nb", "c"],
        ["5", "", "d"],
    ]
    assert problems == {2: NOT_CLOSED.format(2)}


def test_quote_that_is_not_closed_where_every_cell_is_quoted(read):
    good, problems = read('"id","name"\n"1","Ann\n"2","Bob"\n"3","Eve"\n')

    assert good == [["2", "Bob"], ["3", "Eve"]]
    assert problems == {2: NOT_CLOSED.format(2)}


def test_several_quotes_that_are_not_closed_cost_a_row_each(read):
    good, problems = read(
        HEADER + '1,"Ann,x\n2,Bob,y\n3,"Eve,z\n4,Kim,w\n5,Lee,"v\n6,Max,u\n'
    )

    assert [cells[0] for cells in good] == ["2", "4", "6"]
    assert problems == {line: NOT_CLOSED.format(line) for line in (2, 4, 6)}


def test_pieces_of_a_broken_cell_do_not_become_leads(read):
    good, problems = read(HEADER + '1,Ann,"called\nsaid no, twice\n2,Bob,y\n')

    assert good == [["2", "Bob", "y"]]
    assert problems == {
        2: NOT_CLOSED.format(2),
        3: "The row comes after a quotation mark that is not closed, and has 2 cells "
        "where the header has 3.",
    }


def test_doubt_ends_where_the_broken_cell_ends(read):
    good, problems = read(HEADER + '1,"Ann,x\n2,Bob,y\n3,"Eve",z\n4\n')

    assert good == [["2", "Bob", "y"], ["3", "Eve", "z"], ["4", "", ""]]
    assert list(problems) == [2]


def test_line_in_the_reason_counts_lines_not_rows(read):
    _good, problems = read(HEADER + '1,"two\nlines",x\n2,"Bob,y\n')

    assert problems == {3: NOT_CLOSED.format(4)}


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('1,"a\nb\n\nc",x\n', ["1", "a\nb\n\nc", "x"]),
        ('1,"a\r\nb",x\r\n', ["1", "a\r\nb", "x"]),
        ('1,"say ""no""\nor, ""yes""",x\n', ["1", 'say "no"\nor, "yes"', "x"]),
        ('1,"a\nb" ,x\n', ["1", "a\nb ", "x"]),
        ('1,x,"a\nb"', ["1", "x", "a\nb"]),
        ('1,5" screen,x\n', ["1", '5" screen', "x"]),
        ('1,"5" screen,x\n', ["1", "5 screen", "x"]),
        ("1," + '"' + "line\n" * 10_000 + '",x\n', ["1", "line\n" * 10_000, "x"]),
    ],
)
def test_cells_of_several_lines_and_odd_quotes_in_one_line_are_read(read, text, cells):
    assert read(HEADER + text) == ([cells], {})


def test_quote_in_a_file_longer_than_any_row_costs_its_own_row_alone(read, monkeypatch):
    monkeypatch.setattr(delimited, "MAX_ROW_LENGTH", 100)
    rows = "".join(f"{number},Bob,y\n" for number in range(2, 102))

    good, problems = read(HEADER + '1,"Ann,x\n' + rows + "102\n")

    assert [cells[0] for cells in good] == [str(number) for number in range(2, 102)]
    assert list(problems) == [2, 103]  # nothing has ended the doubt


def test_closed_cell_longer_than_any_row_leaves_no_pieces(read, monkeypatch):
    monkeypatch.setattr(delimited, "MAX_ROW_LENGTH", 100)

    good, problems = read(HEADER + '1,"' + "piece, of it\n" * 20 + '",x\n2,Bob,y\n')

    assert good == [["2", "Bob", "y"]]
    assert sorted(problems) == list(range(2, 23))


def test_header_with_an_unclosed_quote_is_no_table(read):
    with pytest.raises(UnreadableFileError, match="quotation mark in line 1"):
        read('id,"name\n1,Ann\n')


CELLS = st.text(alphabet='ab ,"\n', max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS).filter(any), max_size=6))
def test_whatever_is_quoted_rightly_is_read_as_it_was(read, rows):
    quoted = [
        [f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows
    ]

    good, problems = read("a,b\n" + "".join(",".join(row) + "\n" for row in quoted))

    assert problems == {}
    assert good == [list(row) for row in rows if "".join(row).strip()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet='a,"\n', max_size=60))
def test_every_line_is_kept_in_some_row_or_problem(read, text):
    """Whatever the quotes, reading comes to an end and forgets no letter."""
    good, problems = read("h,i\n" + text)

    kept = sum(cell.count("a") for cells in good for cell in cells)
    assert kept <= text.count("a")
    assert problems or kept == text.count("a")
