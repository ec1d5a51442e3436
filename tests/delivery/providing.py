"""A configured provider and a run through it."""

from __future__ import annotations

from collections.abc import Callable

from tests.delivery.conftest import NOW
from tests.delivery.provider_script import (
    Asked,
    ProviderServer,
    Said,
)
from winback.delivery.engine.run import open_run
from winback.mailings.models import Mailing


def work(mailing: Mailing, *, seconds: float = 10) -> int:
    run = open_run(mailing.pk, clock=lambda: NOW)
    assert run is not None
    sent = run.work(seconds=seconds)
    mailing.refresh_from_db()
    return sent


def only(address: str, said: Said) -> Callable[[Asked], Said | None]:
    return lambda asked: said if asked.recipient == address else None


def no(server: ProviderServer, kind: str) -> Callable[[Asked], Said]:
    return lambda asked: server.refusal(kind, asked)
