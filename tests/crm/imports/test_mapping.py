import pytest

from winback.crm.imports.labels import header_key
from winback.crm.imports.mapping import guess_mapping


@pytest.mark.parametrize(
    "header",
    ["lost_reason", "Lost reason", "LOST REASON *", " Lost  Reason:", "lost-reason"],
)
def test_header_key_makes_spellings_one(header):
    assert header_key(header) == "lost reason"


@pytest.mark.parametrize(
    ("headers", "dialect", "columns"),
    [
        (
            ["Title", "Lost on", "Bounces", "Surprise"],
            "",
            {"Title": "title", "Lost on": "lost_at", "Bounces": "bounce_count"},
        ),
        (
            ["id", "name", "stage_id/id", "email_from", "partner_name"],
            "Odoo",
            {
                "id": "external_id",
                "name": "title",
                "stage_id/id": "stage",
                "email_from": "email",
                "partner_name": "company",
            },
        ),
        (
            ["Зовнішній ID", "Нагода", "Заголовок"],
            "Odoo",
            {"Зовнішній ID": "external_id", "Нагода": "title"},
        ),
        (
            ["External ID", "Opportunity", "Title", "Closed Date"],
            "Odoo",
            {
                "External ID": "external_id",
                "Opportunity": "title",
                "Closed Date": "closed_at",
            },
        ),
        (
            ["ID", "LASTNAME", "TITLE", "STATUS", "COMPANY"],
            "Salesforce",
            {
                "ID": "external_id",
                "LASTNAME": "last_name",
                "STATUS": "outcome",
                "COMPANY": "company",
            },
        ),
        (["Name", "Email"], "", {"Name": "contact_name", "Email": "email"}),
    ],
)
def test_guess_mapping_knows_the_products(headers, dialect, columns):
    mapping = guess_mapping(headers, [])

    assert (mapping.dialect, mapping.columns) == (dialect, columns)


def test_guess_mapping_takes_slashed_dates_as_month_first_where_they_must_be():
    headers = ["title", "created_at"]

    sure = guess_mapping(headers, [["A", "1/2/2025"], ["B", "2/28/2025"]])
    unsure = guess_mapping(headers, [["A", "1/2/2025"]])

    assert (sure.month_first, unsure.month_first) == (True, False)
