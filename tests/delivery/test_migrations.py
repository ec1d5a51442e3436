"""What migrations fill in."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from winback.delivery.models import DomainLane, Lane

pytestmark = pytest.mark.django_db


def test_known_lanes_are_filled_once_and_overwrite_nothing() -> None:
    fill = import_module("winback.delivery.migrations.0004_known_lanes").fill
    before = (Lane.objects.count(), DomainLane.objects.count())
    Lane.objects.filter(key="google").update(name="Ours", per_hour=7)
    DomainLane.objects.filter(domain="gmail.com").update(source="person")
    DomainLane.objects.filter(domain="googlemail.com").delete()

    fill(apps, None)

    assert (Lane.objects.count(), DomainLane.objects.count()) == before
    google = Lane.objects.get(key="google")
    assert (google.name, google.per_hour) == ("Ours", 7)
    kept = DomainLane.objects.get(domain="gmail.com")
    assert (kept.lane_id, kept.source) == ("google", "person")
    assert DomainLane.objects.get(domain="googlemail.com").lane_id == "google"
