"""Which crew works with which kind of server; to a run they are the same."""

from __future__ import annotations

from winback.delivery.engine.crew import Crew, Memory
from winback.delivery.providers.crew import ProviderCrew
from winback.delivery.providers.provider import Provider
from winback.delivery.senders import Server

AnyCrew = Crew | ProviderCrew


def crew_for(server: Server, *, memory: Memory) -> AnyCrew:
    """A crew at work; ``memory`` is told as ``Crew`` says."""
    if isinstance(server, Provider):
        return ProviderCrew(server, memory=memory)
    return Crew(server, memory=memory)
