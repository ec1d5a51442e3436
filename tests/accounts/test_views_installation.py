from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from winback.core.models import AuditEntry, Installation

pytestmark = pytest.mark.django_db
URL = "accounts:installation"
FORM = {
    "company_name": "Loom & Lumen",
    "postal_address": "12 Harbour Row",
    "sender_name": "Marta",
    "sender_address": "marta@loomlumen.example",
    "language": "uk",
    "time_zone": "Europe/Kyiv",
    "currency": "uah",
}


@pytest.fixture
def administrator(client):
    person = UserFactory(role="administrator")
    client.force_login(person)
    return person


def test_installation_is_saved_and_the_change_is_on_record(client, administrator):
    assert client.get(reverse(URL)).status_code == 200

    response = client.post(reverse(URL), FORM)

    assert response.status_code == 302
    saved = Installation.current()
    assert (saved.company_name, saved.currency) == ("Loom & Lumen", "UAH")
    assert saved.zone.key == "Europe/Kyiv"
    entry = AuditEntry.objects.get(action="core.change_installation")
    assert entry.actor == administrator
    assert "currency" in entry.details["fields"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender_address", "marta at loom"),
        ("currency", "EURO"),
        ("time_zone", "Mars/Olympus"),
        ("sender_name", "Marta\r\nBcc: everybody@example.org"),
    ],
)
def test_installation_with_a_wrong_value_is_not_saved(
    client, administrator, field, value
):
    response = client.post(reverse(URL), FORM | {field: value})

    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert Installation.current().company_name == ""


@pytest.mark.parametrize("role", ["marketing_manager", "sales_manager"])
def test_installation_does_not_exist_for_others(client, role):
    client.force_login(UserFactory(role=role))

    assert client.get(reverse(URL)).status_code == 404
    assert client.post(reverse(URL), FORM).status_code == 404
    assert Installation.current().company_name == ""


def test_installation_takes_only_get_and_post(client, administrator):
    assert client.delete(reverse(URL)).status_code == 405
