from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from tests.factories import LeadFactory, RecipientFactory
from tests.reactions.pressing import BROWSER

from winback.consent.models import Topic
from winback.mailings.models import Recipient
from winback.reactions import answers
from winback.reactions.models import Hit
from winback.reactions.services import inbound, journal


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Iterator[Path]:
    """A home of the test's own: its journal of hits is nobody else's."""
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    answers.forget_locations()
    yield tmp_path
    journal.let_go()


@pytest.fixture
def recipient() -> Recipient:
    """Somebody who was mailed."""
    return RecipientFactory(lead=LeadFactory(email="anna@example.org"))


@pytest.fixture
def browser() -> Client:
    """A person's, on the public pages."""
    return Client(enforce_csrf_checks=True, headers={"user-agent": BROWSER})


@pytest.fixture
def events() -> Topic:
    """A topic beside the mailing's own."""
    return Topic.objects.create(name="Events", name_translations={"uk": "Події"})


@pytest.fixture
def stored_hits() -> Callable[[], list[Hit]]:
    """All hits, once those of the journal are brought in."""

    def stored() -> list[Hit]:
        journal.bring_in_hits()
        return list(Hit.objects.order_by("at", "pk"))

    return stored


@pytest.fixture
def away(monkeypatch):
    """The classifier reads a day of return and a new address in every letter."""
    real = inbound.classify

    def classify(raw):
        return Told(real(raw), date(2026, 5, 20), "ann@new.example")

    monkeypatch.setattr(inbound, "classify", classify)


class Told:
    """What was read, with a day and an address beside it."""

    def __init__(self, found, returns_on, new_address):
        self.found = found
        self.returns_on = returns_on
        self.new_address = new_address

    def __getattr__(self, name):
        return getattr(self.found, name)
