"""A mailing that is due, and a mail server that is told what to say."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.delivery.provider_script import ProviderServer, configure, running_provider
from tests.delivery.smtp_script import ScriptedServer, running
from tests.factories import LeadFactory, MailingFactory
from winback.delivery.compose.letters import Addressee
from winback.delivery.engine.claims import Portion, claim
from winback.delivery.engine.run import Run, open_run
from winback.delivery.models import DeliveryRun
from winback.delivery.quotas import Moment
from winback.delivery.services import start_mailing
from winback.mailings.models import Mailing, VersionContent

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BODY = "Dear {{ lead.first_name }},\n\nlook: https://shop.example/lamp\n"


@pytest.fixture
def scripted(settings) -> Iterator[ScriptedServer]:
    """The configured mail server; set its ``script`` to make it misbehave."""
    with running(ScriptedServer()) as server:
        settings.CONFIG = dataclasses.replace(
            settings.CONFIG,
            demo=True,
            email_url=f"smtp://127.0.0.1:{server.port}?connections=4&timeout=2",
        )
        yield server


@pytest.fixture
def name() -> str:
    """The provider where a test does not say which."""
    return "mailgun"


@pytest.fixture
def provider(settings, name: str) -> Iterator[ProviderServer]:
    """The configured provider; set its ``script`` to make it misbehave."""
    with running_provider(ProviderServer(name)) as server:
        configure(settings, server, "connections=3&timeout=1")
        yield server


def due_mailing(**fields: object) -> Mailing:
    """A mailing to everybody, in English and Ukrainian, whose time has come."""
    given = {
        "state": "scheduled",
        "scheduled_at": NOW,
        "from_name": "Shop",
        "from_address": "shop@winback.example",
        "frequency_cap_days": 7,
        **fields,
    }
    mailing = MailingFactory(**given)
    version = mailing.versions.create(label="A")
    for language, subject in (("", "Back, {{ lead.first_name }}"), ("uk", "Знову є")):
        VersionContent.objects.create(
            version=version,
            language=language,
            subject=subject,
            body_kind="text",
            body=BODY,
        )
    return mailing


@pytest.fixture
def sending(db) -> Callable[..., Mailing]:
    """A mailing under way to so many new leads."""

    def start(count: int, **fields: object) -> Mailing:
        LeadFactory.create_batch(count)
        mailing = due_mailing(**fields)
        assert start_mailing(mailing, now=NOW)
        mailing.refresh_from_db()
        return mailing

    return start


@pytest.fixture
def opened(scripted) -> Callable[[Mailing], Run]:
    """A run on a mailing, its clock standing still."""

    def open_(mailing: Mailing) -> Run:
        run = open_run(mailing.pk, clock=lambda: NOW)
        assert run is not None
        return run

    return open_


def claim_rows(run: DeliveryRun, limit: int, *, now: datetime = NOW) -> list[Addressee]:
    """Rows in no lane of their own, claimed without any limits."""
    return claim(run, Portion("", limit), at=Moment(now, ZoneInfo("UTC")))


def fates(mailing: Mailing) -> dict[str, int]:
    """How many rows have each fate."""
    counted: dict[str, int] = {}
    for fate in mailing.recipients.values_list("fate", flat=True):
        counted[fate] = counted.get(fate, 0) + 1
    return counted
