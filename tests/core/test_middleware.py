from __future__ import annotations

import json

import pytest
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from tests.factories import UserFactory
from winback.web.urls import urlpatterns as real_urls

HTMX = {"HX-Request": "true"}


def partial(request):
    messages.success(request, "Збережено")
    return HttpResponse("<p></p>", headers={"HX-Trigger": "lead-changed"})


def moved(request):
    messages.success(request, "Saved")
    return redirect("/elsewhere/")


urlpatterns = [
    *real_urls,
    path("test/partial/", partial),
    path("test/moved/", moved),
    path("test/private/", login_required(partial)),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def test_htmx_answer_carries_messages_beside_its_own_events(client):
    response = client.get("/test/partial/", headers=HTMX)

    assert json.loads(response.headers["HX-Trigger"]) == {
        "lead-changed": None,
        "winback:toast": {"toasts": [{"level": "success", "text": "Збережено"}]},
    }


def test_plain_answer_keeps_its_messages_for_the_next_page(client):
    assert client.get("/test/partial/").headers["HX-Trigger"] == "lead-changed"


def test_htmx_redirect_keeps_its_messages_for_the_next_page(client):
    response = client.get("/test/moved/", headers=HTMX)

    assert (response.status_code, "HX-Trigger" in response.headers) == (302, False)


def test_htmx_request_of_an_expired_session_leads_the_page_to_the_login(client):
    response = client.get(
        "/test/private/",
        headers=HTMX | {"HX-Current-URL": "http://testserver/leads/?q=a"},
    )

    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/login/?next=%2Fleads%2F%3Fq%3Da"


def test_page_answers_with_the_strict_policy(client):
    client.force_login(UserFactory())

    policy = client.get(reverse("accounts:profile")).headers["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def test_pages_are_kept_out_of_caches(client):
    response = client.get("/test/partial/")

    assert response.headers["Cache-Control"] == "private, no-store"


def test_htmx_request_from_no_address_leads_to_the_login_all_the_same(client):
    response = client.get(
        "/test/private/", headers=HTMX | {"HX-Current-URL": "http://["}
    )

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/login/")
