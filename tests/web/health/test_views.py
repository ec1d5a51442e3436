from __future__ import annotations

import pytest
from tests.factories import MailingFactory

from winback.web.health import views
from winback.web.health.probes import Probe
from winback.web.health.rules import wrong


def test_healthz_needs_neither_login_nor_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-cache" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_readyz_names_each_part(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        200,
        {"status": "ready", "database": "ok", "broker": "ok"},
    )


def test_readyz_with_a_broken_part_is_503_and_tells_no_details(client, monkeypatch):
    broken = lambda: wrong("broker", "secret words", "mend it")  # noqa: E731
    monkeypatch.setattr(views, "READINESS", (Probe("broker", broken),))

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (
        503,
        {"status": "not ready", "broker": "wrong"},
    )


@pytest.mark.django_db
def test_metrics_count_mailings_by_state(client):
    MailingFactory(state="sending")

    text = client.get("/metrics").content.decode()

    assert 'winback_mailings{state="sending"} 1.0' in text
    assert 'winback_mailings{state="draft"} 0.0' in text
    assert 'winback_recipients_still_to_send{fate="ready"} 0.0' in text


@pytest.mark.parametrize(
    "from_outside",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
    ],
)
def test_metrics_from_another_machine_do_not_exist(client, from_outside):
    assert client.get("/metrics", **from_outside).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_health_by_post_is_refused(client, path):
    assert client.post(path).status_code == 405
