from __future__ import annotations

from datetime import date

import pytest

from winback.reactions.services import inbound
from winback.reactions.views import tracking


@pytest.fixture(autouse=True)
def _nothing_kept_by_an_earlier_process():
    """Else the first hit of a test brings hits in, in a thread of its own."""
    tracking._may_have_kept.clear()
    yield
    tracking._may_have_kept.clear()


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
