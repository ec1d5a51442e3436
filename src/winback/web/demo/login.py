"""The demo's one account."""

from __future__ import annotations

from winback.accounts.models import User
from winback.accounts.rules import Role

DEMO_ADDRESS = "demo@winback.localhost"
DEMO_PASSWORD = "winback-demo"  # noqa: S105 - printed on the terminal and meant to be


def ensure_demo_login() -> User:
    """The account, made if there is none; a password changed meanwhile stays."""
    user = User.objects.filter(email=DEMO_ADDRESS).first()
    return user or User.objects.create_superuser(
        DEMO_ADDRESS,
        DEMO_PASSWORD,
        first_name="Dana",
        last_name="Demo",
        role=Role.ADMINISTRATOR,
    )
