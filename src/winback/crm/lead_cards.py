"""Cards on a lead's page that upper rooms fill: questions that wait for an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from winback.accounts.models import User
from winback.crm.models import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadCard:
    """One card: a template, and what it is told as ``card.data`` beside ``lead``."""

    template: str
    data: Any


Provider = Callable[[Lead, User], Iterable[LeadCard]]
_PROVIDERS: list[Provider] = []


def register_cards(provider: Provider) -> Provider:
    """Let an upper room add cards; called in its ``ready``. Twice is harmless."""
    if provider not in _PROVIDERS:
        _PROVIDERS.append(provider)
    return provider


def cards_of(lead: Lead, user: User) -> list[LeadCard]:
    """What waits on this lead's page; mostly empty."""
    return [card for provider in _PROVIDERS for card in provider(lead, user)]
