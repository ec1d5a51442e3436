"""An installation of the test's own, and somebody who may write mails."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from django.test import Client

from tests.factories import UserFactory
from winback.accounts.models import User
from winback.accounts.rules import Role


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    settings.CONFIG = dataclasses.replace(
        settings.CONFIG, home=tmp_path, public_url="https://crm.example"
    )
    return tmp_path


@pytest.fixture
def ana(client: Client) -> User:
    """A marketing user who is logged in."""
    user = UserFactory(role=Role.MARKETING_USER.value)
    client.force_login(user)
    return user
