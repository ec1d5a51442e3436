"""Exports of other products, as they are."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from winback.accounts.models import User
from winback.crm.models import Lead, LeadLoss, LostReason, Stage
from winback.crm.signals import addresses_refused

pytestmark = [pytest.mark.django_db, pytest.mark.conformance]

MAVEN_MAPPING = Path(__file__).parents[2] / "data" / "crm" / "maven_mapping.json"


def _as_seen(lead):
    return {
        name: getattr(lead, name)
        for name in (
            *("external_id", "title", "contact_name", "company", "email", "phone"),
            *("country", "city", "status", "active", "lost_at", "won_at"),
            *("created_at", "probability", "expected_revenue"),
        )
    } | {
        name: str(getattr(lead, name) or "")
        for name in (
            *("stage", "lost_reason", "owner", "team"),
            *("utm_source", "utm_medium", "utm_campaign"),
        )
    }


def _odoo_leads(shared_data, import_file, name):
    result = import_file(shared_data / "crm" / "odoo" / name)
    leads = [_as_seen(lead) for lead in Lead.objects.order_by("external_id")]
    Lead.objects.all().delete()
    return result, leads


@pytest.fixture
def admin():
    return User.objects.create_user("admin@winback.example", first_name="Admin")


def test_odoo_exports_of_three_languages_end_in_equal_leads(
    shared_data, import_file, admin
):
    result, english = _odoo_leads(shared_data, import_file, "crm_lead_export_en.csv")
    _uk, ukrainian = _odoo_leads(shared_data, import_file, "crm_lead_export_uk.csv")
    _fa, persian = _odoo_leads(shared_data, import_file, "crm_lead_export_fa.csv")

    assert (result.created, result.failed) == (44, 0)
    assert ukrainian == english
    assert persian == english
    assert Stage.objects.count() == 4
    assert LostReason.objects.count() == 3


def test_odoo_lost_lead_keeps_reason_stage_and_day_of_loss(
    shared_data, import_file, admin
):
    import_file(shared_data / "crm" / "odoo" / "crm_lead_export_uk.csv")

    lost = Lead.objects.filter(status="lost").order_by("external_id")
    assert [lead.external_id for lead in lost] == [
        f"crm.crm_case_{n}" for n in (11, 12, 28, 7, 9)
    ]
    lead = lost.get(external_id="crm.crm_case_7")
    assert (lead.lost_reason.name, lead.stage.name, lead.active) == (
        "Too expensive",
        "New",
        False,
    )
    assert lead.lost_at == datetime(2026, 10, 1, tzinfo=UTC)
    assert lead.created_at == datetime(2026, 10, 15, 9, tzinfo=UTC)
    assert (lead.country, lead.owner, lead.probability) == ("BR", admin, 0)
    assert lead.losses.get().reason == lead.lost_reason
    assert Lead.objects.filter(country="GB").exists()


def test_odoo_import_compatible_names_end_in_the_same_leads(
    shared_data, import_file, admin
):
    _en, english = _odoo_leads(shared_data, import_file, "crm_lead_export_en.csv")
    _ids, leads = _odoo_leads(
        shared_data, import_file, "crm_lead_import_compatible.csv"
    )
    # This export says neither when a lead was lost nor which were won.
    vague = {"lost_at", "won_at", "created_at", "status", "stage", "probability"}
    vague |= {"active"}

    assert _without(leads, vague) == _without(english, vague)
    lost = {lead["external_id"] for lead in leads if lead["status"] == "lost"}
    assert lost == {f"crm.crm_case_{n}" for n in (7, 9, 11, 12, 28)}


def _without(leads, names):
    return [
        {name: value for name, value in lead.items() if name not in names}
        for lead in leads
    ]


def test_odoo_xls_template_is_read(shared_data, import_file):
    result = import_file(shared_data / "crm" / "odoo" / "crm_lead.xls")

    assert (result.created, result.failed) == (8, 0)
    assert Lead.objects.get(external_id="crm_lead_3").country == "US"


def test_odoo_twice_updates_and_changes_nothing(shared_data, import_file):
    path = shared_data / "crm" / "odoo" / "crm_lead_export_en.csv"
    import_file(path)

    result = import_file(path)

    assert (result.created, result.updated, result.failed) == (0, 44, 0)
    assert result.run.changes.count() == 0
    assert LeadLoss.objects.count() == 5


def test_maven_with_mapping_file_counts_right(shared_data, import_file):
    mapping = json.loads(MAVEN_MAPPING.read_text(encoding="utf-8"))

    result = import_file(
        shared_data / "crm" / "maven" / "sales_pipeline.csv", mapping=mapping
    )

    assert (result.created, result.failed) == (8800, 0)
    counts = {
        status: Lead.objects.filter(status=status).count()
        for status in ("open", "lost", "won")
    }
    assert counts == {"open": 1589 + 500, "lost": 2473, "won": 4238}
    assert LeadLoss.objects.count() == 2473
    lead = Lead.objects.get(external_id="1C1I7A6R")
    assert (lead.status, lead.stage.name, lead.won_at.date()) == (
        "won",
        "Won",
        date(2017, 3, 1),
    )
    assert (lead.expected_revenue, lead.currency) == (Decimal(1054), "USD")
    assert (lead.product.name, lead.company) == ("GTX Plus Basic", "Cancity")


def test_pipedrive_export_is_understood(shared_data, import_file):
    result = import_file(shared_data / "crm" / "headers" / "pipedrive_deals_export.csv")

    assert result.created == 2
    lost = Lead.objects.get(external_id="101")
    assert (lost.status, lost.lost_at) == (
        "lost",
        datetime(2025, 6, 1, 10, tzinfo=UTC),
    )
    assert lost.lost_reason.name == "Price too high"
    assert lost.stage.name == "Negotiations Started"
    assert (lost.email_normalized, lost.phone) == (
        "olena@acme.example",
        "+380441234567",
    )
    is_open = Lead.objects.get(external_id="102")
    assert (is_open.status, is_open.expected_revenue, is_open.probability) == (
        "open",
        Decimal("3500.50"),
        50,
    )
    assert is_open.contact_name == "رضا احمدی"


def test_salesforce_export_is_understood(shared_data, import_file):
    import_file(shared_data / "crm" / "headers" / "salesforce_leads_dataloader.csv")

    lead = Lead.objects.get()
    assert (lead.status, lead.active, lead.lost_reason) == ("lost", False, None)
    assert (
        lead.lost_at == lead.created_at == datetime(2025, 1, 2, 10, 11, 12, tzinfo=UTC)
    )
    assert (lead.contact_name, lead.country, lead.title) == (
        "Olena Kovalenko",
        "UA",
        "Acme",
    )
    assert lead.utm_source.name == "Web"


def test_espocrm_export_is_understood(shared_data, import_file):
    import_file(shared_data / "crm" / "headers" / "espocrm_opportunity_import.csv")

    lead = Lead.objects.get()
    assert (lead.title, lead.company, lead.contact_name) == (
        "Acme renewal",
        "Acme",
        "Olena Kovalenko",
    )
    assert (lead.status, lead.stage.name) == ("lost", "Negotiation")
    assert lead.lost_at == datetime(2025, 6, 1, tzinfo=UTC)
    assert (lead.expected_revenue, lead.currency) == (Decimal(12000), "EUR")


def test_hubspot_export_is_understood_and_wishes_are_passed_on(
    shared_data, import_file
):
    heard = []

    def listen(sender, addresses, **_news):
        heard.extend(addresses)

    addresses_refused.connect(listen)
    try:
        import_file(shared_data / "crm" / "headers" / "hubspot_contacts_export.csv")
    finally:
        addresses_refused.disconnect(listen)

    lead = Lead.objects.get(external_id="8001")
    assert (lead.contact_name, lead.company) == ("Priya Example", "Bluebay Gaming Ltd")
    assert (lead.status, lead.lost_reason.name) == ("lost", "Bad timing")
    assert heard == ["ola@harbour.example"]
