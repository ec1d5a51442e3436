"""What migrations fill in."""

from importlib import import_module

import pytest
from django.apps import apps

from tests.factories import LeadFactory
from winback.crm.models import Lead

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("batch_size", [1, 5000])
def test_address_quality_is_filled_where_it_is_not_good(monkeypatch, batch_size):
    migration = import_module("winback.crm.migrations.0007_fill_address_quality")
    monkeypatch.setattr(migration, "BATCH_SIZE", batch_size)
    for email in ("a@b.org", "", "junk", "info@b.org", "a@gmial.com", "a@dead.org"):
        LeadFactory(title=email, email=email)
    Lead.objects.update(address_quality="good")
    Lead.objects.filter(email="a@dead.org").update(address_quality="unreachable")

    for _again in range(2):
        migration.fill_address_quality(apps, None)

    assert dict(Lead.objects.values_list("title", "address_quality")) == {
        "a@b.org": "good",
        "": "",
        "junk": "invalid",
        "info@b.org": "role",
        "a@gmial.com": "typo",
        "a@dead.org": "unreachable",
    }
