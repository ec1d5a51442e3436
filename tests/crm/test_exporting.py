import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from tests.factories import LeadFactory, LostLeadFactory, StageFactory, UserFactory
from winback.crm import cells
from winback.crm.exporting import COLUMNS, csv_lines, write_xlsx
from winback.crm.imports import running, services
from winback.crm.models import Lead, Tag

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["=1+1", "+380", "-5", "@x", "\tx", "'=x", "''=x"])
def test_cells_that_could_be_formulas_are_neutralized_and_come_back(text):
    written = cells.neutralized(text)

    assert written == "'" + text
    assert cells.with_formula_sign(written) == text


@pytest.mark.parametrize("text", ["", "'", "'tis", "a=b", "Ann"])
def test_harmless_cells_stay_as_they_are(text):
    assert cells.neutralized(text) == text
    assert cells.with_formula_sign(text) == text


def test_export_neutralizes_texts_only():
    LeadFactory(title='=HYPERLINK("x")', expected_revenue=Decimal("-5.50"))

    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(Lead.objects.all()))[1:])))

    assert rows[0]["title"] == '\'=HYPERLINK("x")'
    assert rows[0]["expected_revenue"] == "-5.50"


def test_xlsx_holds_texts_and_no_formulas():
    LeadFactory(title="=1+1", notes="a\x01b")

    with write_xlsx(Lead.objects.all()) as file:
        rows = list(load_workbook(file).active.iter_rows(values_only=True))

    assert rows[0] == tuple(COLUMNS)
    assert rows[1][1] == "'=1+1"
    assert rows[1][-1] == "ab"


@pytest.mark.parametrize("lead_count", [1, 3])
def test_export_needs_a_fixed_number_of_queries(lead_count, django_assert_num_queries):
    LeadFactory.create_batch(lead_count)

    with django_assert_num_queries(2):  # leads, their tags
        lines = list(csv_lines(Lead.objects.all()))

    assert "".join(lines).count("\n") == lead_count + 1


def _values():
    """Everything an export carries, by external id."""
    names = [
        *(name for name in COLUMNS.values() if name != "blacklisted"),
        *("title_folded", "email_normalized"),
    ]
    return list(Lead.objects.order_by("external_id", "tags").values(*names))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_import_of_our_own_export_gives_the_same_leads(kind, tmp_path):
    owner = UserFactory(email="ann@winback.example")
    LostLeadFactory(
        external_id="1",
        title="=Стільці, дубові",
        notes="a\nb; c",
        owner=owner,
        phone="+380",
    )
    tagged = LeadFactory(external_id="2", stage=StageFactory(name="Qualified"))
    tagged.tags.add(Tag.objects.create(name="a, b"), Tag.objects.create(name="VIP"))
    LeadFactory(
        external_id="3",
        status="won",
        won_at=NOW,
        probability=100,
        active=False,
        expected_revenue=Decimal("1200.50"),
        currency="EUR",
        stage=StageFactory(name="Won"),
        last_mailed_at=NOW,
    )
    before = _values()
    path = tmp_path / f"leads.{kind}"
    if kind == "csv":
        path.write_text("".join(csv_lines(Lead.objects.all())), encoding="utf-8")
    else:
        with write_xlsx(Lead.objects.all()) as file:
            path.write_bytes(file.read())
    Lead.objects.all().delete()

    run = services.start_import(path, by=None, now=NOW)
    result = running.run_import(run, now=NOW)

    assert (result.created, result.errors) == (3, [])
    assert _values() == before
