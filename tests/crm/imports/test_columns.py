"""What columns and cells mean."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.crm.imports.conftest import by_title
from tests.factories import UserFactory
from winback.accounts.rules import Role
from winback.core.models import Installation
from winback.crm.models import Lead, LostReason, Stage

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
