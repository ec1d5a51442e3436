"""What a visitor writes into the proxy's header ends no login in an error."""

import pytest
from django.urls import reverse


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["unknown", "8.8.8.8:443", "x" * 500, "\x00"])
def test_a_wrong_password_from_no_address_is_just_wrong(client, written):
    answer = client.post(
        reverse("accounts:login"),
        {"username": "ann@example.org", "password": "wrong"},
        HTTP_X_FORWARDED_FOR=written,
    )

    assert answer.status_code == 200
    assert "winback_session" not in answer.cookies
