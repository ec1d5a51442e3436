from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from winback.reactions import answers
from winback.reactions.models import Hit
from winback.reactions.services import journal


@pytest.fixture(autouse=True)
def home(settings, tmp_path: Path) -> Iterator[Path]:
    """A home of the test's own: its journal of hits is nobody else's."""
    settings.CONFIG = dataclasses.replace(settings.CONFIG, home=tmp_path)
    answers.forget_locations()
    yield tmp_path
    journal.let_go()


@pytest.fixture
def stored_hits() -> Callable[[], list[Hit]]:
    """All hits, once those of the journal are brought in."""

    def stored() -> list[Hit]:
        journal.bring_in_hits()
        return list(Hit.objects.order_by("at", "pk"))

    return stored
